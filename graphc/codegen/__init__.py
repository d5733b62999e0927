"""Schedules to source: names, expressions, statements, the module; a folder for each target."""

"""What the command line does, one module a command; nothing here is needed to compile or train."""

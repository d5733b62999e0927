"""Passes over conditionals: what is dropped, and what is kept for the way back."""

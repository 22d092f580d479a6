"""Service hooks: what is received, and what is asked for."""

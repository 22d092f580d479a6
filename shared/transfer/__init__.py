"""Configuration as one document: taken out of an installation, and brought into one."""

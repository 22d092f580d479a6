"""What operators do from a shell, on the storage itself: a table of commands, and what they do."""

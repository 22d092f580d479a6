"""What is to be done when, by whom, and within what a git host bears."""

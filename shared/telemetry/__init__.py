"""What the installation tells of itself: lines, what belongs together, and figures made of both."""

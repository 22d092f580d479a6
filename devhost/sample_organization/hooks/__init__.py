"""Service hooks: who wants to hear of what, and the deliveries."""

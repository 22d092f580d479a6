"""Which repositories an integration has, which of them are indexed, and why another is left out."""

"""How integrations are signed in to their git hosts."""

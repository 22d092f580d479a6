"""Who may do what: API tokens, people and their sessions, and what they did."""

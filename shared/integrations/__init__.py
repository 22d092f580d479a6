"""What admins connect and change, and where it stands."""

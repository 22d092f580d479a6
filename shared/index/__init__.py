"""How git history becomes links: discovery, jobs, cursors, leases, and what is due."""

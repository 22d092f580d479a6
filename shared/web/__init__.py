"""What the function packages share: routes, problem details, token checks, paging, limits."""

"""The product itself: what links, issue keys, integrations and deliveries are, and what is done."""

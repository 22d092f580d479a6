"""The product itself: what links, issue keys, integrations and deliveries are, and what is done."""

__version__ = "0.1.0"

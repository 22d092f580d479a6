"""Where everything is kept: Azure tables and queues, and twins of them in memory."""

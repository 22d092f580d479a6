"""Work items of Azure Boards: what they are called, and what they are attached to."""

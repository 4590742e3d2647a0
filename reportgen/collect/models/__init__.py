"""A pinned model: what it is, and what it answers."""

"""Performance while labels are not in."""

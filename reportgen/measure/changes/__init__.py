"""What changed between two versions, on the same rows."""

"""Documents: lengths, words and the most confident errors."""

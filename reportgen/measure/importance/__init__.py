"""What a model relies on."""

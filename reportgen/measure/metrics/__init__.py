"""How well a model does, by task."""

"""How fast and how heavy a model is, measured or logged."""

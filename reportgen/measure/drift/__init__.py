"""How far the columns of a period have moved."""

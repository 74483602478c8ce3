"""How a dialect changes words."""

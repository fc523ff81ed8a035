"""Real windows, driven as a person drives them."""

"""The inspector: one pixel in words, numbers and curves."""

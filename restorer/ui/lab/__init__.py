"""The laboratory: damages a clean picture on purpose, and measures its restoration."""

"""The laboratory: a clean picture is damaged on purpose, and its restoration measured."""

"""Damage: what was done to a picture, and how much of it."""

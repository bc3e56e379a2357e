"""Damage: measuring it, and modelling it."""

"""Variations side by side: one start with several samplers, steps, seeds, looks or strengths."""

"""Side by side: the same start with several samplers, steps, seeds, looks or strengths."""

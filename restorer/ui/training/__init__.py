"""Model > Train on my pictures: choose a folder, watch, stop any time, use what came of it."""

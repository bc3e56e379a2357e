"""Model > Train on my pictures: choose a folder, watch, stop any time, use the result."""

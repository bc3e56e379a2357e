"""Small widgets that the rooms of the window are made of, and how they look."""

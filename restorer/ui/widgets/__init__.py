"""Small widgets that the rooms of the window share, and the theme."""

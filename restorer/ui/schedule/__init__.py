"""The schedule room: what a noise schedule is, in curves, with the picture's place on them."""

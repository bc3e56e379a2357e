"""The schedule room: plots of noise schedules, with the picture's place on them."""

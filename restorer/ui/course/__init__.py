"""The course: diffusion told on a person's own picture, page by page; each asks before it shows."""

"""The course: diffusion explained on a person's own picture; each page asks before it shows."""

"""Read the noise: whether what was taken away was noise."""

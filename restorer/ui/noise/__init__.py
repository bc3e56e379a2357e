"""Read the noise: whether the residual is noise."""

"""Diffusion: schedule, forward process, prior, samplers, tiling. No Qt, no files."""

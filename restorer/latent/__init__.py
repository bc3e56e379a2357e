"""Latent diffusion: models like Stable Diffusion as restorers. No picture files, no tasks here."""

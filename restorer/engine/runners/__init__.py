"""Runners carry out tasks: one for noise, one for other damage, one for latent models."""

from restorer.engine.runners.runner import Network, Runner

__all__ = ["Network", "Runner"]

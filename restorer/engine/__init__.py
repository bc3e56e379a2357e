"""The engine: a frozen task in, frames out. No screen."""

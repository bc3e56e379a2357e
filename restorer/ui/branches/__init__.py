"""Branches of a run: a small tree over the timeline."""

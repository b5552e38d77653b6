"""Projection on components of a reference that the study brings."""

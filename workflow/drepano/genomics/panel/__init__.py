"""Dosages of the variants of a panel, read by region."""

"""Polygenic scores: scoring files, matching, sums, and what they mean for a subject."""

"""Counts of rare variants in genes and regions."""

"""Conclusions from the calls of several panel variants, by the rules in docs/genotypes.md."""

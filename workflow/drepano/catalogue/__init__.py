"""Data files of the package that a study names: variant panels and clinical concepts."""

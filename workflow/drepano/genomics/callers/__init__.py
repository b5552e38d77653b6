"""Conclusions from the calls of several variants: haemoglobin genotype, APOL1, G6PD."""

"""Calls and sums to matrix columns, and states where nothing follows."""

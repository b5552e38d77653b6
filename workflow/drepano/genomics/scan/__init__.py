"""One pass over the records of a piece of a file, for all that sums over records."""

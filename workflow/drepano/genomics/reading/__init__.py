"""What one record of a VCF or BCF file says: alleles, calls and their evidence."""

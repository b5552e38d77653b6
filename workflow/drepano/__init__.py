"""drepano: scans, VCFs and clinical tables to one described, sealed feature matrix per hospital."""

__version__ = "0.1.0"

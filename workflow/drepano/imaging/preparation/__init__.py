"""Preparation: raw scans to scans and regions that can be measured, as BIDS derivatives."""

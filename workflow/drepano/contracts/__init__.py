"""Every column of every table, declared once: name, type, unit, meaning, what a null says."""

from drepano.contracts.column import Column, optional, required
from drepano.contracts.files import read_table, write_json, write_table, write_text
from drepano.contracts.table import Table

__all__ = [
    "Column",
    "Table",
    "optional",
    "read_table",
    "required",
    "write_json",
    "write_table",
    "write_text",
]

"""The command line: one command per rule, and the commands for people."""

from drepano.cli.root import cli, main

__all__ = ["cli", "main"]

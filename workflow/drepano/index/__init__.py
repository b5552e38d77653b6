"""Index: what a site has, from headers alone, and everything that is wrong with it at once."""

from drepano.index.build import build_index
from drepano.index.digest import inventory_digest

__all__ = ["build_index", "inventory_digest"]

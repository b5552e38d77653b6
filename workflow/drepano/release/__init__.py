"""A site's matrix to a sealed, pseudonymous release."""

from drepano.contracts.released import verify
from drepano.release.key import read_key
from drepano.release.promote import latest_version
from drepano.release.pseudonyms import pseudonym
from drepano.release.seal import Content, Sealed, seal
from drepano.release.withhold import withhold

__all__ = [
    "Content",
    "Sealed",
    "latest_version",
    "pseudonym",
    "read_key",
    "seal",
    "verify",
    "withhold",
]

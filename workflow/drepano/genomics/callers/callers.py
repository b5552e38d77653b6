"""The callers that a study asks for, in the order of their columns."""

from __future__ import annotations

from drepano.errors import ConfigError, Fault
from drepano.genomics.callers.alpha_globin import AlphaGlobin
from drepano.genomics.callers.apol1 import Apol1
from drepano.genomics.callers.beta_haplotype import BetaHaplotype
from drepano.genomics.callers.g6pd import G6pd
from drepano.genomics.callers.haemoglobin_columns import Haemoglobin
from drepano.genomics.callers.ugt1a1 import Ugt1a1
from drepano.settings import Genomics

Caller = Haemoglobin | AlphaGlobin | BetaHaplotype | Apol1 | G6pd | Ugt1a1

CALLERS: dict[str, type[Caller]] = {
    "haemoglobin": Haemoglobin,
    "alpha_globin": AlphaGlobin,
    "beta_haplotype": BetaHaplotype,
    "apol1": Apol1,
    "g6pd": G6pd,
    "ugt1a1": Ugt1a1,
}
"""Switch of the settings to its caller."""


def callers_of(genomics: Genomics) -> list[Caller]:
    """Return the callers that are switched on.

    Raises
    ------
    ConfigError
        The panels lack rows that callers need; all of them are named.
    """
    callers: list[Caller] = []
    faults: list[Fault] = []
    for name, caller in CALLERS.items():
        if getattr(genomics.callers, name):
            try:
                callers.append(caller(genomics))
            except ConfigError as error:
                faults.extend(error.faults)
    if faults:
        raise ConfigError(*faults)
    return callers

"""A person to clinical values that fit the genotype, in the units of the concepts."""

from __future__ import annotations

import numpy as np

from drepano.synthetic.roster import Person, Stream, generator

Values = dict[str, float | str | bool]

# Typical untreated ranges: haemoglobin g/dL, HbF %, HbS %, MCV fL, reticulocytes %, LDH U/L,
# bilirubin mg/dL, leucocytes and platelets 10*9/L.  NHLBI 2014 for haemoglobin and fractions,
# CSSCD (Arch Pediatr 1994; West 1992) for the rest; carriers and HbAA: laboratory convention.
_MEASURES = ("hb", "hbf_pct", "hbs_pct", "mcv", "retic_pct", "ldh", "bili_total", "wbc", "plt")
_RANGES: dict[str, tuple[tuple[float, float], ...]] = {
    "HbSS": (
        (6, 9), (2, 8), (82, 89), (80, 100), (8, 15), (350, 700), (2, 5), (9, 16), (300, 550),
    ),
    "HbSC": (
        (9, 14), (0.3, 1), (47, 51), (75, 90), (2, 5), (220, 350), (0.8, 2), (6, 11), (180, 400),
    ),
    "HbS/beta0": (
        (7, 9), (3, 12), (80, 84), (65, 85), (6, 13), (320, 600), (1.5, 4), (8, 15), (250, 500),
    ),
    "HbS/beta+": (
        (9, 12), (1, 8), (60, 68), (65, 75), (2, 6), (220, 380), (0.8, 2), (6, 11), (200, 400),
    ),
    "HbAS": (
        (11.5, 15), (0.2, 1), (34, 42), (78, 94), (0.5, 2), (140, 230), (0.3, 1), (4, 9),
        (170, 380),
    ),
    "HbAA": (
        (12, 15.5), (0.2, 1), (0, 0), (80, 96), (0.5, 2), (130, 220), (0.3, 1), (4, 9),
        (170, 380),
    ),
}  # fmt: skip
_TREATED = frozenset({"HbSS", "HbS/beta0"})


def registry_genotype(person: Person) -> str:
    """Return the genotype as a registry states it: the deletion of codon 6 is a beta0."""
    return "HbS/beta0" if person.genotype == "HbS/codon6" else person.genotype


def draw_values(person: Person, seed: int) -> Values:
    """Draw a value for every concept of the example studies, in the concepts' own units."""
    rng = generator(seed, Stream.CLINICAL, person.index)
    genotype = registry_genotype(person)
    values: Values = {
        "age": person.age,
        "sex": "male" if person.male else "female",
        "genotype": genotype,
    }
    for name, (low, high) in zip(_MEASURES, _RANGES[genotype], strict=True):
        values[name] = float(rng.uniform(low, high))
    values["creatinine"] = float(rng.uniform(0.25, 0.55) + 0.008 * min(person.age, 30))
    values["tcd_tamv_max"] = float(
        rng.uniform(*((110, 195) if genotype in _TREATED else (70, 130)))
    )
    treated = genotype in _TREATED
    values["on_hydroxyurea"] = bool(treated and rng.random() < 0.6)
    values["transfused_90d"] = bool(treated and rng.random() < 0.25)
    changed = _with_treatment(values, rng)
    # Three times the haemoglobin: what a red cell of normal content gives.
    changed["hct_pct"] = round(3 * float(changed["hb"]), 1)
    return changed


def _with_treatment(values: Values, rng: np.random.Generator) -> Values:
    """Hydroxyurea raises HbF, MCV and Hb; donor blood dilutes HbS and raises Hb."""
    changed = dict(values)
    if values["on_hydroxyurea"]:
        gained = float(rng.uniform(4, 12))
        changed["hbf_pct"] = float(values["hbf_pct"]) + gained
        changed["hbs_pct"] = float(values["hbs_pct"]) - gained
        changed["mcv"] = float(values["mcv"]) + float(rng.uniform(5, 15))
        changed["hb"] = float(values["hb"]) + float(rng.uniform(0.3, 1.2))
    if values["transfused_90d"]:
        changed["hbs_pct"] = float(changed["hbs_pct"]) * float(rng.uniform(0.35, 0.7))
        changed["hb"] = float(changed["hb"]) + float(rng.uniform(0.5, 1.5))
    return changed

"""Columns of image quality: unit, meaning with direction, source of each measure."""

from __future__ import annotations

from drepano.contracts import Column

_MRIQC = "MRIQC, https://doi.org/10.1371/journal.pone.0184661"
_DIETRICH = "Dietrich 2007, https://doi.org/10.1002/jmri.20969"

_TOLD = {
    "efc": (
        "1",
        "Entropy of all voxels over the greatest possible one; lower is better.",
        "Atkinson 1997, https://doi.org/10.1109/42.650886",
    ),
    "fber": ("1", "Mean energy of the head over that of the air; higher is better.", _MRIQC),
    "ghost_to_signal": (
        "1",
        "Brightness of the ghost at half the field of view over the head's; lower is better.",
        "Giannelli 2010, https://doi.org/10.1120/jacmp.v11i4.3237",
    ),
    "clipped_fraction": (
        "1",
        "Fraction of the head's voxels with the scan's greatest value; lower is better.",
        "drepano",
    ),
    "snr": ("1", "Mean of the brain over the noise in air; higher is better.", _DIETRICH),
    "sharpness": (
        "1/mm",
        "Root mean square gradient over mean intensity in the brain; higher is sharper, or noisy.",
        "drepano",
    ),
    "fwhm": (
        "mm",
        "Full width at half maximum of the brain's point spread; lower is sharper, or noisy.",
        "Forman 1995, https://doi.org/10.1002/mrm.1910330508",
    ),
    "snr_white_matter": (
        "1",
        "Mean of white matter over the noise in air; higher is better.",
        _DIETRICH,
    ),
    "snr_within_white_matter": (
        "1",
        "Mean of white matter over its own standard deviation; higher is better.",
        _MRIQC,
    ),
    "cnr": (
        "1",
        "Distance of grey and white matter over the noise in air; higher is better.",
        "Magnotta 2006, https://doi.org/10.1007/s10278-006-0264-x",
    ),
    "cjv": (
        "1",
        (
            "Sum of standard deviations of grey and white matter over their distance; "
            "lower is better."
        ),
        "Ganzetti 2016, https://doi.org/10.3389/fninf.2016.00010",
    ),
    "wm2max": (
        "1",
        "Median of white matter over the scan's 99.95th percentile; 0.6 to 0.8 is usual in T1w.",
        _MRIQC,
    ),
    "bias_spread": (
        "1",
        "Spread of the smooth part of white matter over its median; lower is better.",
        "drepano",
    ),
}
"""Measure to UCUM unit, meaning and source."""

_DEPARTS = {
    "cnr": "as MRIQC, with the noise Rayleigh corrected",
    "ghost_to_signal": "as MRIQC, over the worst of three axes",
}

_FRACTIONS = frozenset({"efc", "clipped_fraction"})
_SIGNED = frozenset({"ghost_to_signal", "snr", "snr_white_matter", "snr_within_white_matter"})


def column(measure: str, term: str) -> Column:
    """Declare the column of a term of `voxomics.scan_quality`."""
    unit, meaning, source = _TOLD[term]
    return Column(
        name=f"{measure}__{term}",
        type="number",
        meaning=meaning,
        unit=unit,
        missing=f"no value: the state of this column or of {measure} says why",
        source=source,
        standard=_DEPARTS.get(term, "docs/quality.md"),
        state_source=measure,
        minimum=None if term in _SIGNED else 0.0,
        maximum=1.0 if term in _FRACTIONS else None,
    )

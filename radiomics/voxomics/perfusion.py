"""Signals of arterial spin labelling to cerebral blood flow, by the consensus formula.

References
----------
.. [1] Alsop et al., Magn Reson Med 2015;73:102-116, https://doi.org/10.1002/mrm.25197
.. [2] Hales et al., J Cereb Blood Flow Metab 2016;36:370-374, a model of the T1 of blood.
.. [3] Lu et al., Magn Reson Med 2004;52:679-682, https://doi.org/10.1002/mrm.20178
.. [4] Vaclavu et al., AJNR 2016;37:1727-1732, https://doi.org/10.3174/ajnr.A4793
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
VolumeType = Literal["control", "label", "m0scan", "deltam", "cbf"]
VOLUME_TYPES: tuple[VolumeType, ...] = ("control", "label", "m0scan", "deltam", "cbf")
"""Volume types of an ASL context (BIDS specification, arterial spin labelling)."""

ASSUMED_BLOOD_T1_S = {1.5: 1.35, 3.0: 1.65}
"""T1 of arterial blood [s] by field strength [T] that the consensus assumes [1]_."""

PARTITION_COEFFICIENT = 0.9
"""Blood-brain partition coefficient of water [mL/g], the consensus' value for the brain [1]_."""

_SATURATION = 0.97
_HAEMOGLOBIN_MMOL = 5.15
"""Haemoglobin tetramers in red cells [mmol/L of plasma in them], a normal mean [2]_."""
_RED_CELL_WATER, _PLASMA_WATER = 0.70, 0.95
_PER_MINUTE_AND_100_G = 6000.0


def blood_t1_hales(haematocrit: float, field_t: float, saturation: float = _SATURATION) -> float:
    """Return the T1 of blood [s] for its haematocrit, by the model of Hales [2]_.

    Parameters
    ----------
    haematocrit
        Volume of red cells in blood [1], 0 to 1.
    field_t
        Field strength [T].
    saturation
        Oxygen saturation [1]; 0.97 is arterial blood.

    Returns
    -------
    float
        T1 [s]: longer with fewer red cells, and with a stronger field.

    Raises
    ------
    ValueError
        The haematocrit is not between 0 and 1, or the field is not positive.

    Notes
    -----
    In sickle cell disease it is longer than the T1 measured in vivo (2058 against 1818 ms [4]_
    by such a formula), so CBF comes out lower than with a measured T1.
    """
    _check_blood(haematocrit)
    if not field_t > 0:
        raise ValueError(f"a field of {field_t} T")
    cells = _RED_CELL_WATER * haematocrit
    water = cells / (cells + _PLASMA_WATER * (1 - haematocrit))
    oxygen = 0.033 * _HAEMOGLOBIN_MMOL * (1 - saturation)
    in_cells = 1.099 - 0.057 * field_t + oxygen
    in_plasma = 0.496 - 0.023 * field_t
    return 1 / (water * in_cells + (1 - water) * in_plasma)


def blood_t1_lu(haematocrit: float) -> float:
    """Return the T1 of arterial blood at 3 T [s] for its haematocrit [1], by Lu [3]_.

    1 / T1 = 0.52 Hct + 0.38; measured for haematocrits of 0.38 to 0.46.

    Raises
    ------
    ValueError
        The haematocrit is not between 0 and 1.
    """
    _check_blood(haematocrit)
    return 1 / (0.52 * haematocrit + 0.38)


def _check_blood(haematocrit: float) -> None:
    if not 0 < haematocrit < 1:
        raise ValueError("a haematocrit that is not between 0 and 1")


def label_difference(series: Floats, types: list[VolumeType]) -> Floats:
    """Return the mean difference of control and label (X, Y, Z), in the unit of the series.

    Parameters
    ----------
    series : (X, Y, Z, V)
        Volumes of the scan.
    types : (V,)
        What each volume is.

    Returns
    -------
    (X, Y, Z)
        Mean of the `control` minus mean of the `label` volumes; where there is none of them,
        the mean of the `deltam` volumes. Higher means more labelled blood.

    Raises
    ------
    ValueError
        Neither both of control and label, nor deltam.
    """
    if "control" in types and "label" in types:
        return mean_of(series, types, "control") - mean_of(series, types, "label")
    return mean_of(series, types, "deltam")


def mean_of(series: Floats, types: list[VolumeType], kind: VolumeType) -> Floats:
    """Return the mean (X, Y, Z) of the volumes of one type.

    Raises
    ------
    ValueError
        There is none.
    """
    chosen = [volume for volume, found in enumerate(types) if found == kind]
    if not chosen:
        raise ValueError(f"no {kind} volume")
    mean: Floats = series[..., chosen].mean(axis=-1, dtype=np.float64)
    return mean


def recovered_m0(m0: Floats, repetition_time_s: float, tissue_t1_s: float) -> Floats:
    """Return M0 as it were after full relaxation: divided by 1 - exp(-TR / T1) [1]_.

    Parameters
    ----------
    m0 : any shape
        Proton density scan, in any unit.
    repetition_time_s, tissue_t1_s
        Its repetition time, and the T1 of tissue [s].

    Raises
    ------
    ValueError
        A time is not positive.
    """
    if not (repetition_time_s > 0 and tissue_t1_s > 0):
        raise ValueError("a repetition time or T1 that is not positive")
    recovered: Floats = m0 / -np.expm1(-repetition_time_s / tissue_t1_s)
    return recovered


def cbf_continuous(
    difference: Floats,
    m0: Floats,
    *,
    delay_s: Floats | float,
    duration_s: float,
    blood_t1_s: float,
    efficiency: float,
    partition: float = PARTITION_COEFFICIENT,
) -> Floats:
    """Return CBF [mL/100 g/min] of a single-delay CASL or PCASL scan, equation 1 of [1]_.

    Parameters
    ----------
    difference, m0 : any shape
        Control minus label, and the proton density scan of fully relaxed tissue, same unit.
    delay_s
        Post-labelling delay [s], a number or one that spreads over the shape: in 2D readouts
        each slice has its own.
    duration_s
        Labelling duration [s].
    blood_t1_s
        T1 of arterial blood [s].
    efficiency
        Labelling efficiency [1], losses by background suppression included.
    partition
        Partition coefficient [mL/g].

    Returns
    -------
    any shape
        Higher means more flow; grey matter of adults about 60, of children with sickle cell
        disease about 90. NaN where M0 is not positive. Noise makes values below zero: they
        are kept, since leaving them out would bias the mean.

    Raises
    ------
    ValueError
        A constant is not positive.

    Notes
    -----
    Labelled blood is taken to have reached the tissue within the delay, and to stay there:
    where the arterial transit is longer, the value is too low.
    """
    _check_positive(duration_s, blood_t1_s, efficiency, partition)
    bolus = blood_t1_s * -np.expm1(-duration_s / blood_t1_s)
    return _flow(difference, m0, np.exp(np.asarray(delay_s) / blood_t1_s), bolus, efficiency) * (
        partition
    )


def cbf_pulsed(
    difference: Floats,
    m0: Floats,
    *,
    inversion_s: Floats | float,
    bolus_s: float,
    blood_t1_s: float,
    efficiency: float,
    partition: float = PARTITION_COEFFICIENT,
) -> Floats:
    """Return CBF [mL/100 g/min] of a single-delay PASL scan with QUIPSS II, equation 2 of [1]_.

    Parameters
    ----------
    difference, m0, blood_t1_s, efficiency, partition
        As in `cbf_continuous`.
    inversion_s
        Inversion time TI [s]: from the labelling pulse to the readout.
    bolus_s
        Bolus duration TI1 [s]: from the labelling pulse to the bolus cut-off.

    Raises
    ------
    ValueError
        A constant is not positive.
    """
    _check_positive(bolus_s, blood_t1_s, efficiency, partition)
    decay = np.exp(np.asarray(inversion_s) / blood_t1_s)
    return _flow(difference, m0, decay, bolus_s, efficiency) * partition


def _check_positive(*constants: float) -> None:
    if not all(constant > 0 for constant in constants):
        raise ValueError("a constant that is not positive")


def _flow(
    difference: Floats, m0: Floats, decay: Floats, bolus_s: float, efficiency: float
) -> Floats:
    """Return the flow [mL/100 mL/min of blood] that explains the difference."""
    equilibrium = np.where(m0 > 0, m0, np.nan)
    flow: Floats = (
        _PER_MINUTE_AND_100_G * difference * decay / (2 * efficiency * bolus_s * equilibrium)
    )
    return flow


def slice_delays(timing_s: list[float], axis_length: int, *, reversed_order: bool) -> Floats:
    """Return the time from the first slice to each slice of the stored image, in s.

    Parameters
    ----------
    timing_s
        SliceTiming of the sidecar.
    axis_length
        Number of slices of the image.
    reversed_order
        True if the first time belongs to the last slice: SliceEncodingDirection ends with
        ``-`` (BIDS specification, timing parameters).

    Raises
    ------
    ValueError
        The numbers of times and slices disagree.
    """
    if len(timing_s) != axis_length:
        raise ValueError(f"{len(timing_s)} slice times for {axis_length} slices")
    times = np.asarray(timing_s[::-1] if reversed_order else timing_s, dtype=np.float64)
    delays: Floats = times - times.min()
    return delays


def asymmetry(left: float, right: float) -> float:
    """Return 100 (left - right) / mean of both [%]; positive: more on the left, NaN if mean 0."""
    middle = (left + right) / 2
    return 100 * (left - right) / middle if middle else float("nan")

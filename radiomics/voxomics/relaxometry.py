"""Magnitudes at several echo times to R2*: weighted logarithms, or the curve itself.

References
----------
.. [1] Wood et al., Blood 2005;106:1460-1465, https://doi.org/10.1182/blood-2004-10-3982:
   R2* of liver iron, decay plus a constant.
.. [2] Veraart et al., NeuroImage 2013;81:335-346: weighted least squares of logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FitMethod = Literal["loglinear", "nonlinear", "nonlinear_offset"]
MIN_ECHOES: dict[FitMethod, int] = {"loglinear": 2, "nonlinear": 3, "nonlinear_offset": 4}
"""Echoes that each method needs."""

_STEPS = 200
_SMALL_STEP = 1e-10
_DAMPING = 1e-3
_MAX_DAMPING = 1e12


@dataclass(frozen=True, slots=True)
class Decay:
    """A fitted decay of each voxel.

    Attributes
    ----------
    r2star : (N,)
        R2* [1/s]; higher means faster decay, as by iron. NaN where no curve was found.
    s0 : (N,)
        Magnitude at echo time 0, in the unit of the signal.
    offset : (N,)
        Constant under the decay, in the unit of the signal; 0 unless it was fitted.
    """

    r2star: Floats
    s0: Floats
    offset: Floats

    @property
    def t2star_ms(self) -> Floats:
        """T2* [ms], 1000 / R2*; infinite where R2* is not positive."""
        with np.errstate(divide="ignore"):
            times: Floats = np.where(self.r2star > 0, 1e3 / np.abs(self.r2star), np.inf)
        times[np.isnan(self.r2star)] = np.nan
        return times


def fit_decay(signals: Floats, echo_times_s: Floats, method: FitMethod = "loglinear") -> Decay:
    """Fit S = S0 exp(-TE R2*) [+ offset] to the echoes of each voxel.

    Parameters
    ----------
    signals : (N, E)
        Magnitudes, in any unit.
    echo_times_s : (E,)
        Echo times [s].
    method
        `loglinear`: line through the logarithms, each weighted by the squared magnitude, which
        evens out their noise [2]_; quick, and too low where late echoes lie in the noise.
        `nonlinear`: least squares of the magnitudes. `nonlinear_offset`: the same with a
        constant that is not negative, for late echoes at the noise floor [1]_.

    Returns
    -------
    Decay
        NaN for voxels with fewer echoes above zero than the method needs, with values that are
        not finite, or for which the search did not end.

    Raises
    ------
    ValueError
        Too few distinct echo times, one that is not positive, or shapes that disagree.
    """
    times = np.asarray(echo_times_s, dtype=np.float64)
    if signals.ndim != 2 or signals.shape[1:] != times.shape:
        raise ValueError(f"signals of shape {signals.shape} for {times.size} echo times")
    if not (times > 0).all() or len({*times.tolist()}) < MIN_ECHOES[method]:
        raise ValueError(f"echo times that {method} can not use")
    positive = np.isfinite(signals) & (signals > 0)
    usable = np.isfinite(signals).all(axis=1) & (positive.sum(axis=1) >= MIN_ECHOES[method])
    found: Floats = np.full((len(signals), 3), np.nan)
    if usable.any():
        found[usable] = _fit(signals[usable].astype(np.float64), times, method)
    return Decay(found[:, 1], found[:, 0], found[:, 2])


def _fit(signals: Floats, times: Floats, method: FitMethod) -> Floats:
    """Return S0, R2* and offset (N, 3) of signals (N, E)."""
    scale = signals.max(axis=1, keepdims=True)
    scaled = signals / scale
    start = _loglinear(scaled, times)
    if method == "loglinear":
        found = start
    else:
        found = _search(scaled, times, start, free=2)
        if method == "nonlinear_offset":
            raised = _search(scaled, times, found, free=3)
            # Below zero the noise would be negative: then there is no offset.
            found = np.where(raised[:, 2:] > 0, raised, found)
    fitted: Floats = found * np.hstack([scale, np.ones_like(scale), scale])
    return fitted


def _loglinear(signals: Floats, times: Floats) -> Floats:
    """Return the weighted line through the logarithms; an echo of zero weighs nothing."""
    weights = np.where(signals > 0, signals, 0.0) ** 2
    logs = np.log(np.where(signals > 0, signals, 1.0))
    total = weights.sum(axis=1)
    time = (weights * times).sum(axis=1) / total
    level = (weights * logs).sum(axis=1) / total
    centred = times - time[:, None]
    spread = (weights * centred**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = -(weights * centred * (logs - level[:, None])).sum(axis=1) / spread
        found: Floats = np.stack([np.exp(level + rate * time), rate, np.zeros_like(rate)], axis=1)
    return found


def _search(signals: Floats, times: Floats, start: Floats, *, free: int) -> Floats:
    """Return the least squares by Levenberg and Marquardt, each voxel for itself.

    The rate is searched in units of 1 / (mean echo time), so that all parameters are near 1.
    """
    unit = float(times.mean())
    at = start * [1.0, unit, 1.0]
    damping = np.full(len(at), _DAMPING)
    going: NDArray[np.bool_] = np.asarray(np.isfinite(at).all(axis=1))
    found: Floats = np.where(going[:, None], at, np.nan)
    for _ in range(_STEPS):
        rows = np.flatnonzero(going)
        if not rows.size:
            break
        step, better = _step(signals[rows], times / unit, found[rows], damping[rows], free)
        found[rows[better], :free] += step[better]
        damping[rows] = np.where(better, damping[rows] / 10, damping[rows] * 10)
        small = np.abs(step).max(axis=1) <= _SMALL_STEP * np.maximum(
            1.0, np.abs(found[rows, :free]).max(axis=1)
        )
        going[rows[small | (damping[rows] > _MAX_DAMPING)]] = False
    found[going] = np.nan
    return found / [1.0, unit, 1.0]


def _step(
    signals: Floats, times: Floats, at: Floats, damping: Floats, free: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a damped step (N, free) of each voxel, and whether it lowers the squares."""
    decay = np.exp(-at[:, 1:2] * times)
    slopes = np.stack([decay, -at[:, :1] * times * decay, np.ones_like(decay)], axis=2)
    slopes = slopes[:, :, :free]
    rest = signals - (at[:, :1] * decay + at[:, 2:])
    normal = np.einsum("nep,neq->npq", slopes, slopes)
    diagonal = np.einsum("npp->np", normal)
    damped = normal + (damping[:, None] * np.maximum(diagonal, 1e-300))[:, :, None] * np.eye(free)
    wanted = np.einsum("nep,ne->np", slopes, rest)
    step = np.linalg.solve(damped, wanted[:, :, None])[:, :, 0]
    tried = at.copy()
    tried[:, :free] += step
    with np.errstate(over="ignore", invalid="ignore"):
        left = signals - (tried[:, :1] * np.exp(-tried[:, 1:2] * times) + tried[:, 2:])
        better = (left**2).sum(axis=1) <= (rest**2).sum(axis=1)
    return step, better & np.isfinite(step).all(axis=1)


def echo_time_faults(echo_times_s: list[float], method: FitMethod) -> list[str]:
    """Return all that is wrong with echo times [s], as sentences; none if nothing is."""
    faults = []
    needed = MIN_ECHOES[method]
    if len({*echo_times_s}) < len(echo_times_s):
        faults.append("two echoes with the same time")
    if len({*echo_times_s}) < needed:
        faults.append(f"{len({*echo_times_s})} echo times, where {method} needs {needed}")
    if any(not time > 0 for time in echo_times_s):
        faults.append("an echo time that is not positive")
    if any(time >= 1 for time in echo_times_s):
        faults.append("an echo time of 1 s or more: it must be in seconds")
    return faults

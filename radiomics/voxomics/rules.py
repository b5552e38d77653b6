"""What each setting may be: type, range, choices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What the value of a setting may be.

    Attributes
    ----------
    kind
        int, float, bool or str; `any` where a check of its own says more.
    listed
        Whether it is a list of such values.
    least, above
        Smallest number, or the number that it must be above.
    most
        Largest number.
    choices
        Texts that it may be; empty for any.
    lengths
        Fewest and most values of a list.
    """

    kind: str
    listed: bool = False
    least: float | None = None
    above: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    lengths: tuple[int, int] | None = None

    def admits_length(self, count: int) -> bool:
        """Tell whether a list of so many values fits."""
        return self.lengths is None or self.lengths[0] <= count <= self.lengths[1]

    def admits(self, value: object) -> bool:
        """Tell whether one value, not a list, fits."""
        types = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}[self.kind]
        if not isinstance(value, types) or (isinstance(value, bool) and self.kind != "bool"):
            return False
        if self.choices:
            return value in self.choices
        if not isinstance(value, (int, float)):
            return True
        return (
            (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        kinds = {"int": "a whole number", "float": "a number"}
        kinds |= {"bool": "true or false", "str": "a text"}
        limits = [(">=", self.least), (">", self.above), ("<=", self.most)]
        said = [f"{sign} {limit}" for sign, limit in limits if limit is not None]
        text = " ".join([kinds[self.kind], *said])
        if not self.listed:
            return text
        count = "" if self.lengths is None else f" of {_span(*self.lengths)}"
        return f"a list{count}, each {text}"


def _span(fewest: int, most: int) -> str:
    return f"{fewest}" if fewest == most else f"{fewest} to {most}"


RULES = {
    "minimumROIDimensions": Rule("int", least=1, most=3),
    "minimumROISize": Rule("int", above=0),
    "geometryTolerance": Rule("float", above=0),
    "correctMask": Rule("bool"),
    "additionalInfo": Rule("bool"),
    "label": Rule("int", above=0),
    "label_channel": Rule("int", least=0),
    "binWidth": Rule("float", above=0),
    "binCount": Rule("int", above=0),
    "normalize": Rule("bool"),
    "normalizeScale": Rule("float", above=0),
    "removeOutliers": Rule("float", above=0),
    "resampledPixelSpacing": Rule("float", listed=True, least=0, lengths=(3, 3)),
    "interpolator": Rule("any"),
    "padDistance": Rule("int", least=0),
    "distances": Rule("int", listed=True, above=0, lengths=(1, 99)),
    "force2D": Rule("bool"),
    "force2Ddimension": Rule("int", least=0, most=2),
    "resegmentRange": Rule("float", listed=True, lengths=(1, 2)),
    "resegmentMode": Rule("str", choices=("absolute", "relative", "sigma")),
    "resegmentShape": Rule("bool"),
    "preCrop": Rule("bool"),
    "sigma": Rule("float", listed=True, above=0),
    "start_level": Rule("int", least=0),
    "level": Rule("int", above=0),
    "wavelet": Rule("any"),
    "gradientUseSpacing": Rule("bool"),
    "lbp2DRadius": Rule("float", above=0),
    "lbp2DSamples": Rule("int", least=1),
    "lbp2DMethod": Rule("str", choices=("default", "ror", "uniform", "var")),
    "lbp3DLevels": Rule("int", least=1),
    "lbp3DIcosphereRadius": Rule("float", above=0),
    "lbp3DIcosphereSubdivision": Rule("int", least=0),
    "voxelArrayShift": Rule("int"),
    "symmetricalGLCM": Rule("bool"),
    "weightingNorm": Rule("any"),
    "gldm_a": Rule("int", least=0),
}
"""Every setting of pyradiomics, by name, with the rule that its own schema has for it."""

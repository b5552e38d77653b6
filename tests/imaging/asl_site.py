"""A session of ASL files made from a known flow, for the tests of perfusion."""

import nibabel as nib
import numpy as np
import pytest

from drepano.errors import UnitError
from drepano.imaging.measures.measure import Given, GivenFile, Measured, Missing
from drepano.imaging.measures.perfusion import PerfusionMeasure
from drepano.settings import Imaging

AFFINE = np.array([[-3.0, 0, 0, 20], [0, 3, 0, -15], [0, 0, 5, -8], [0, 0, 0, 1]])
SHAPE = (12, 10, 6)
GREY, WHITE = 80.0, 40.0
PCASL = {
    "ArterialSpinLabelingType": "PCASL",
    "PostLabelingDelay": 1.8,
    "LabelingDuration": 1.5,
    "M0Type": "Separate",
    "MagneticFieldStrength": 3,
    "MRAcquisitionType": "3D",
    "BackgroundSuppression": False,
    "RepetitionTimePreparation": 6.0,
}
M0 = {"RepetitionTimePreparation": 6.0}
PASL = {
    **{k: v for k, v in PCASL.items() if k != "LabelingDuration"},
    "ArterialSpinLabelingType": "PASL",
    "BolusCutOffFlag": True,
    "BolusCutOffDelayTime": [0.8, 1.2],
}
CONTEXT = ["control", "label", "control", "label"]


def labels_of():
    labels = np.zeros(SHAPE, "i2")
    labels[1:5, 1:9, 1:5] = 1
    labels[6:10, 1:9, 1:5] = 2
    return labels


def flow_map():
    labels = labels_of()
    return np.where(labels == 1, GREY, np.where(labels == 2, WHITE, 10.0))


def m0_map():
    return np.random.default_rng(2).uniform(800, 1200, SHAPE)


def difference_of(flow, m0, *, delay=1.8, duration=1.5, t1=1.65, efficiency=0.85):
    """Give the signal of a flow, by the formula the other way round."""
    decay = np.exp(-delay / t1)
    return flow * m0 * 2 * efficiency * t1 * (1 - np.exp(-duration / t1)) * decay / (6000 * 0.9)


def write(path, voxels, affine=AFFINE):
    nib.save(nib.Nifti1Image(np.asarray(voxels, "f8"), affine), path)
    return path


class Site:
    """Files of one session, and the measure on them."""

    def __init__(self, folder):
        self.folder = folder
        self.metadata, self.m0_metadata = dict(PCASL), dict(M0)
        self.context = list(CONTEXT)
        self.settings = {"region_sets": ["tissue"]}
        self.clinical = {}
        self.m0 = m0_map()
        self.series = None
        self.affine = AFFINE
        self.absent = {}

    def volumes(self, difference):
        """Give volumes by the context; controls lie high above labels."""
        base = 5000.0
        made = {
            "control": base + difference / 2,
            "label": base - difference / 2,
            "deltam": difference,
            "m0scan": self.m0,
            "cbf": flow_map(),
            "n/a": np.full(SHAPE, 1e6),
        }
        return np.stack([made[kind] for kind in self.context], axis=-1)

    def given(self):
        if self.series is None:
            self.series = self.volumes(difference_of(flow_map(), self.m0))
        scan = write(self.folder / "sub-01_asl.nii.gz", self.series, self.affine)
        table = self.folder / "sub-01_aslcontext.tsv"
        table.write_text("\n".join(["volume_type", *self.context]) + "\n")
        dseg = write(self.folder / "dseg.nii.gz", labels_of())
        files = {
            "scan": GivenFile(scan, None, self.metadata, {"aslcontext": table}),
            "region_sets.tissue": GivenFile(dseg, None, {}, {}),
        }
        if self.m0 is not None and "m0" not in self.absent:
            m0 = write(self.folder / "sub-01_m0scan.nii.gz", self.m0, self.affine)
            files["m0"] = GivenFile(m0, None, self.m0_metadata, {})
        for role in self.absent:
            files.pop(role, None)
        return Given(files, self.absent, self.clinical, self.imaging.region_sets)

    @property
    def imaging(self):
        regions = {"grey": 1, "white": 2}
        return Imaging(
            region_sets={"tissue": {"suffix": "dseg", "regions": regions}},
            measures={"perfusion": self.settings},
        )

    def measure(self):
        imaging = self.imaging
        measure = PerfusionMeasure(imaging.measures.perfusion, imaging)
        values, states = {}, {}
        for finding in measure.measure(self.given()):
            if isinstance(finding, Measured):
                values[finding.column] = finding.value
            else:
                assert isinstance(finding, Missing)
                states[finding.source] = (finding.state, finding.why.reason)
        declared = {column.name for column in measure.columns()}
        assert {*values} | {*states} == declared
        return {name.removeprefix("perfusion__"): v for name, v in values.items()}, states


def check_flow(values, factor=1.0):
    assert values["grey__cbf"] == pytest.approx(GREY * factor, rel=1e-6)
    assert values["white__cbf"] == pytest.approx(WHITE * factor, rel=1e-6)
    assert values["grey__cbf_median"] == pytest.approx(GREY * factor, rel=1e-6)


def refusal(site):
    with pytest.raises(UnitError) as caught:
        site.measure()
    return caught.value

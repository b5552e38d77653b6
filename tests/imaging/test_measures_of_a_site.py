"""From files on disk through index and plan to values and states of perfusion and diffusion."""

import json
import re

import nibabel as nib
import numpy as np
import pytest
import yaml

from drepano.contracts import read_table
from drepano.contracts.inventory import BIDS_FILES, SUBJECTS
from drepano.contracts.values import CLINICAL
from drepano.errors import UnitError
from drepano.imaging import declare_columns, plan
from drepano.imaging.measures.unit import MeasureUnits
from drepano.index import build_index
from drepano.settings import Imaging, parse_site
from voxomics.perfusion import blood_t1_hales

SHAPE = (6, 6, 5)
AFFINE = np.diag([3.0, 3, 4, 1])
IMAGING = Imaging(
    region_sets={"tissue": {"suffix": "dseg", "regions": {"grey": 1, "white": 2}}},
    measures={
        "perfusion": {"region_sets": ["tissue"]},
        "diffusion": {"region_sets": ["tissue"]},
    },
)
ASL = {
    "ArterialSpinLabelingType": "PCASL",
    "PostLabelingDelay": 1.8,
    "LabelingDuration": 1.8,
    "M0Type": "Separate",
    "PatientName": "Planted",
}
DESCRIPTION = {"Name": "tiny", "BIDSVersion": "1.9.0"}


def labels_of():
    labels = np.zeros(SHAPE, "i2")
    labels[:3], labels[3:] = 1, 2
    return labels


class Site:
    """A dataset of one subject with ASL and DWI, and its derivative."""

    def __init__(self, root):
        self.root, self.bids = root, root / "bids"
        self.image("sub-01/perf/sub-01_asl.nii.gz", self.asl())
        self.image("sub-01/perf/sub-01_m0scan.nii.gz", np.full(SHAPE, 1000.0))
        self.text("sub-01/perf/sub-01_asl.json", ASL)
        self.text("sub-01/perf/sub-01_aslcontext.tsv", "volume_type\ncontrol\nlabel\n")
        self.text("m0scan.json", {"RepetitionTimePreparation": 8.0})
        self.text("asl.json", {"MagneticFieldStrength": 3, "PostLabelingDelay": 0.1})
        self.image("sub-01/dwi/sub-01_dwi.nii.gz", self.dwi())
        self.text("sub-01/dwi/sub-01_dwi.bval", "0 " + "1000 " * 12)
        self.text("dwi.bvec", "\n".join(" ".join(map(str, row)) for row in self.bvecs().T))
        maps = "derivatives/seg/sub-01"
        self.image(f"{maps}/perf/sub-01_space-asl_dseg.nii.gz", labels_of())
        self.image(f"{maps}/dwi/sub-01_space-dwi_dseg.nii.gz", labels_of())
        for folder in ("", "derivatives/seg/"):
            self.text(f"{folder}dataset_description.json", DESCRIPTION)

    def image(self, path, voxels):
        file = self.bids / path
        file.parent.mkdir(parents=True, exist_ok=True)
        nib.save(nib.Nifti1Image(voxels, AFFINE), file)

    def text(self, path, content):
        file = self.bids / path
        file.write_text(content if isinstance(content, str) else json.dumps(content))

    def asl(self):
        difference = np.where(labels_of() == 1, 10.0, 5.0)
        return np.stack([500 + difference, np.full(SHAPE, 500.0)], axis=-1)

    def bvecs(self):
        found = np.random.default_rng(1).normal(size=(13, 3))
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def dwi(self):
        decay = np.exp(-np.where(labels_of() == 1, 0.8, 0.7))
        return 900 * np.stack([np.ones(SHAPE), *[decay] * 12], axis=-1)

    def units(self, clinical=()):
        where = {"site": "tiny", "study": "study.yaml", "key_file": "key"}
        site = parse_site(where | {"imaging": {"bids": str(self.bids)}}, "site.yaml")
        build_index(site, self.root / "index", kept=self.root / "kept.parquet")
        tables = (("subjects", SUBJECTS), ("bids_files", BIDS_FILES))
        read = [read_table(self.root / "index" / f"{n}.parquet", table) for n, table in tables]
        rows = [
            {"subject": "01", "session": "", "column": c, "number": v, "category": None}
            for c, v in clinical
        ]
        made = plan(IMAGING, *read, clinical=CLINICAL.from_rows(rows))
        return {unit.payload["measure"]: unit for _, unit in made.units}, made.states.to_pylist()

    def values(self, **options):
        units, states = self.units(**options)
        assert states == []
        found = {}
        for unit in units.values():
            result = MeasureUnits(IMAGING).compute(unit)
            found |= {r["column"]: r["value"] for r in result.values.to_pylist()}
            assert result.states.num_rows == 0
        return found


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_values_of_every_declared_column(site):
    found = site.values()
    assert {*found} == {column.name for column in declare_columns(IMAGING)}
    ratio = found["perfusion__grey__cbf"] / found["perfusion__white__cbf"]
    assert ratio == pytest.approx(2)
    # 1 % of M0, delay and duration of 1.8 s: the worked example of the consensus formula.
    assert found["perfusion__grey__cbf"] == pytest.approx(86.30, abs=0.01)
    assert found["diffusion__grey__md"] == pytest.approx(8e-4, rel=1e-6)
    assert found["diffusion__white__md"] == pytest.approx(7e-4, rel=1e-6)


def test_the_haematocrit_of_the_clinical_table(site):
    found = site.values(clinical=[("hct_pct", 25.0), ("hb", 8.0)])
    assert found["perfusion__scan__blood_t1"] == pytest.approx(1e3 * blood_t1_hales(0.25, 3))
    assert found["perfusion__scan__blood_t1_of_haematocrit"] == 1


def test_keys_change_with_what_values_depend_on(site):
    first, _ = site.units()
    assert {name: u.key for name, u in site.units()[0].items()} == {
        name: u.key for name, u in first.items()
    }
    changes = [
        ("perfusion", lambda: site.text("sub-01/perf/sub-01_asl.json", ASL | {"M0Type": "Absent"})),
        ("perfusion", lambda: site.text("m0scan.json", {"RepetitionTimePreparation": 4.0})),
        ("diffusion", lambda: site.text("sub-01/dwi/sub-01_dwi.bval", "0 " + "900 " * 12)),
    ]
    for measure, change in changes:
        change()
        after, _ = site.units()
        assert after[measure].key != first[measure].key
        other = ({*first} - {measure}).pop()
        assert after[other].key == first[other].key
        first = after
    assert site.units(clinical=[("hct_pct", 25.0)])[0]["perfusion"].key != first["perfusion"].key


def refused(site, measure):
    """Give the error of a unit, and the states that it leaves."""
    units, _ = site.units()
    runner = MeasureUnits(IMAGING)
    with pytest.raises(UnitError) as caught:
        runner.compute(units[measure])
    (state,) = runner.refuse(units[measure], caught.value).states.to_pylist()
    assert (state["source"], state["state"]) == (measure, "failed")
    return state


def test_asl_without_its_metadata(site):
    (site.bids / "asl.json").unlink()
    (site.bids / "sub-01/perf/sub-01_asl.json").unlink()
    state = refused(site, "perfusion")
    assert state["reason"] == "no_metadata"
    assert state["detail"].count("no ") == 5


def test_a_broken_sidecar_is_no_metadata(site):
    site.text("sub-01/perf/sub-01_asl.json", "{")
    assert refused(site, "perfusion")["reason"] == "no_metadata"


def test_gradients_that_do_not_fit(site):
    site.text("sub-01/dwi/sub-01_dwi.bval", "0 1000")
    state = refused(site, "diffusion")
    assert (state["reason"], state["detail"]) == (
        "companion_mismatch",
        "2 b-values for 13 volumes",
    )


def test_a_modality_that_a_subject_lacks_is_a_state(site):
    for path in (site.bids / "sub-01/dwi").iterdir():
        path.unlink()
    units, states = site.units()
    assert {*units} == {"perfusion"}
    assert [(s["source"], s["state"], s["reason"]) for s in states] == [
        ("diffusion", "not_acquired", "no_scan")
    ]


def test_nothing_of_a_name_reaches_a_unit(site):
    units, _ = site.units()
    assert "Planted" not in repr(units)


def test_the_page_tells_the_columns(root):
    """The study of docs/perfusion.md is one, and every column that the page names is made."""
    page = (root / "docs" / "perfusion.md").read_text(encoding="utf-8")
    study = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    made = {column.name for column in declare_columns(Imaging(**study["imaging"]))}
    lasts = {name.rsplit("__", 1)[1] for name in made}
    told = {name.rsplit("__", 1)[1] for name in re.findall(r"`[\w<>]*?__[\w<>]*`", page)}
    assert {name.strip("`") for name in told} <= lasts
    assert {"perfusion__grey_white__cbf_ratio", "perfusion__mca__cbf_asymmetry"} <= made
    assert len(told) >= 16

"""The site `imaging`: scans of real people as a BIDS dataset with its derivatives.

========== ============================================================ =====================
subject    what it is                                                    what it shows
========== ============================================================ =====================
26         multiple sclerosis, FLAIR, T1w, consensus lesion mask         8,227 mm3 of lesions
fs01       FreeSurfer's norm.mgz and aparc.a2009s+aseg.mgz, 188 labels   means of known labels
brain1     pyradiomics' own case                                         published baselines
mni        MNI152 template, arterial territories                         labels such as 29.99997
turned<X>  one brain in 28 storage orientations, its mask in one of them equal values
long20     scans whose lesion mask lies on another grid                  `grid_mismatch`, or moved
gantry     CT with a sheared affine                                      `bad_geometry`
series     a series of two volumes                                       `unsupported_pixels`
1 to 30    ages and sexes of the patients of whom 26 is one              clinical rows alone
========== ============================================================ =====================
"""

import csv
import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK as sitk  # noqa: N813

SITE = {
    "imaging": {"bids": "bids"},
    "clinical": [
        {
            "path": "clinical/patient_info.csv",
            "participant": "patient_id",
            "columns": {
                "age": {"column": "age", "unit": "a"},
                "sex": {"column": "sex", "values": {"F": "female", "M": "male"}},
            },
        }
    ],
}

STRUCTURES = {
    "white_matter_left": "Left-Cerebral-White-Matter",
    "white_matter_right": "Right-Cerebral-White-Matter",
    "white_matter": [2, 41],
    "ventricle_left": "Left-Lateral-Ventricle",
    "thalamus_left": 10,
    "hippocampus_left": "Left-Hippocampus",
}
"""Asked by name and by number: both must work."""

TERRITORIES = {
    "cerebellar_left": "inferior cerebellar left",
    "cerebellar_right": "inferior cerebellar right",
}

ALL_CLASSES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")

STUDY = {
    "imaging": {
        "region_sets": {
            "structures": {
                "suffix": "dseg",
                "entities": {"desc": "aparcaseg"},
                "regions": STRUCTURES,
            },
            "territories": {
                "suffix": "dseg",
                "entities": {"atlas": "jhu"},
                "regions": TERRITORIES,
            },
            "lesions": {
                "suffix": "mask",
                "entities": {"label": "lesion"},
                "regions": {"lesion": 1},
                "when_empty": "zero",
                "count_components": True,
            },
            "tumours": {
                "suffix": "mask",
                "entities": {"label": "tumour"},
                "regions": {"tumour": 1},
            },
            "brains": {"suffix": "mask", "entities": {"desc": "brain"}, "regions": {"brain": 1}},
        },
        "modalities": {
            "t1w": {
                "suffix": "T1w",
                "region_sets": ["structures", "territories", "lesions"],
                "feature_classes": {"firstorder": ["Mean"]},
            },
            "flair": {
                "suffix": "FLAIR",
                "region_sets": ["lesions"],
                "feature_classes": {"firstorder": None, "shape": None},
            },
            "flair_moved": {
                "suffix": "FLAIR",
                "region_sets": ["lesions"],
                "other_grid": "resample_regions",
                "feature_classes": {"firstorder": ["Mean"]},
            },
            # voxelArrayShift as in the published settings: it moves Energy and RMS.
            "tumour": {
                "suffix": "T1w",
                "entities": {"acq": "tumour"},
                "region_sets": ["tumours"],
                "feature_classes": dict.fromkeys(ALL_CLASSES),
                "settings": {"binWidth": 25, "voxelArrayShift": 2000},
            },
            "turned": {
                "suffix": "T1w",
                "entities": {"acq": "turned"},
                "region_sets": ["brains"],
                "feature_classes": {
                    "firstorder": ["Mean", "Entropy"],
                    "shape": ["SurfaceArea", "MajorAxisLength"],
                    "glcm": ["Contrast", "JointEntropy"],
                    "glszm": ["ZoneEntropy"],
                },
            },
        },
    },
    "clinical": {"columns": ["age", "sex"]},
}

FREESURFER_NAMES = {
    2: "Left-Cerebral-White-Matter",
    4: "Left-Lateral-Ventricle",
    10: "Left-Thalamus-Proper",
    17: "Left-Hippocampus",
    41: "Right-Cerebral-White-Matter",
}
"""Out of FreeSurfer's colour table."""


def write(shared: Path, folder: Path) -> None:
    """Lay out the dataset, its derivatives and the clinical table."""
    images, bids = shared / "images", folder / "bids"
    describe(bids, "raw")
    for name in ("manual", "freesurfer", "atlas", "brainmask"):
        describe(bids / "derivatives" / name, "derivative")
    write_lesions(images, bids)
    write_structures(images / "niivue_t1_dseg", bids)
    write_territories(images / "mni_arterial", bids)
    write_tumour(shared / "pyradiomics", bids)
    write_turned(images / "orientation_48", bids)
    copy(images / "odd_nifti" / "shear.nii.gz", bids / scan("gantry", "T1w"))
    copy(images / "nibabel" / "example4d.nii.gz", bids / scan("series", "T1w"))
    copy(images / "open_ms_data" / "patient_info.csv", folder / "clinical" / "patient_info.csv")


def describe(root: Path, kind: str) -> None:
    """Write the description of a dataset."""
    root.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"Name": root.name, "BIDSVersion": "1.10.0", "DatasetType": kind})
    (root / "dataset_description.json").write_text(text, encoding="utf-8")


def scan(subject: str, rest: str) -> str:
    """Return the path of an image within its dataset."""
    return f"sub-{subject}/anat/sub-{subject}_{rest}.nii.gz"


def copy(source: Path, target: Path) -> None:
    """Copy a file; its folder is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_lesions(images: Path, bids: Path) -> None:
    """Write the two patients with lesion masks, one of which fits its scans."""
    masks = bids / "derivatives" / "manual"
    fitting, other = images / "open_ms_data/patient26", images / "open_ms_data_gridmismatch"
    for name in ("FLAIR", "T1w"):
        copy(fitting / f"{name}.nii.gz", bids / scan("26", name))
        copy(other / f"patient20/study2_{name.upper()}.nii.gz", bids / scan("long20", name))
    copy(fitting / "lesion_mask.nii.gz", masks / scan("26", "label-lesion_mask"))
    copy(other / "patient20/gt_other_grid.nii.gz", masks / scan("long20", "label-lesion_mask"))


def write_structures(source: Path, bids: Path) -> None:
    """Write the T1w as NIfTI; the labels stay as FreeSurfer wrote them."""
    target = bids / scan("fs01", "T1w")
    target.parent.mkdir(parents=True)
    image = nib.load(source / "norm.mgz")
    nib.Nifti1Image(np.asanyarray(image.dataobj), image.affine).to_filename(target)
    derivative = bids / "derivatives" / "freesurfer"
    labels = derivative / "sub-fs01/anat/sub-fs01_desc-aparcaseg_dseg.mgz"
    copy(source / "aparc.a2009s+aseg.mgz", labels)
    write_label_table(derivative / "desc-aparcaseg_dseg.tsv", FREESURFER_NAMES)


def write_territories(source: Path, bids: Path) -> None:
    """Write the template and the atlas, whose labels are floats, with its own names."""
    copy(source / "MNI152_2009_template.nii.gz", bids / scan("mni", "T1w"))
    derivative = bids / "derivatives" / "atlas"
    atlas = source / "mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz"
    copy(atlas, derivative / scan("mni", "atlas-jhu_dseg"))
    write_label_table(derivative / "atlas-jhu_dseg.tsv", territory_names(source))


def territory_names(source: Path) -> dict[int, str]:
    """Read the atlas's own names of its labels."""
    lines = (source / "ArterialAtlasLables.txt").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("aterial territories"))
    rows = csv.reader(lines[start + 1 :], delimiter="\t")
    return {int(row[1]): row[0].strip() for row in rows if len(row) > 1 and row[1].isdecimal()}


def write_label_table(path: Path, names: dict[int, str]) -> None:
    """Write a BIDS label table."""
    rows = "".join(f"{number}\t{name}\n" for number, name in names.items())
    path.write_text("index\tname\n" + rows, encoding="utf-8")


def write_tumour(source: Path, bids: Path) -> None:
    """Write pyradiomics' case as NIfTI."""
    masks = bids / "derivatives" / "manual"
    for kind, target in (
        ("image", bids / scan("brain1", "acq-tumour_T1w")),
        ("label", masks / scan("brain1", "label-tumour_mask")),
    ):
        target.parent.mkdir(parents=True)
        sitk.WriteImage(sitk.ReadImage(str(source / f"brain1_{kind}.nrrd")), str(target))


def write_turned(source: Path, bids: Path) -> None:
    """Write each stored orientation as a subject; all share the mask of one of them."""
    image = nib.load(source / "RAS.nii.gz")
    mask = nib.Nifti1Image((image.get_fdata() != 0).astype("u1"), image.affine)
    for path in sorted(source.glob("*.nii.gz")):
        subject = f"turned{path.name.removesuffix('.nii.gz')}"
        copy(path, bids / scan(subject, "acq-turned_T1w"))
        target = bids / "derivatives" / "brainmask" / scan(subject, "desc-brain_mask")
        target.parent.mkdir(parents=True)
        mask.to_filename(target)

"""The site `raw`: scans of real people alone, no mask and no label of anybody.

========== ============================================================ =====================
subject    what it is                                                    what it shows
========== ============================================================ =====================
26         multiple sclerosis, FLAIR and T1w without skull, MNI space    two scans, one head
long20     FLAIR and T1w as the scanner made them, thick slices          whole heads
mesh       T1w without skull, whose tissues FAST told                    Dice of tissues
========== ============================================================ =====================
"""

import scans

SITE = {"imaging": {"bids": "bids"}}

TISSUES = {
    "grey_matter": ["grey matter left", "grey matter right"],
    "white_matter": ["white matter left", "white matter right"],
    "white_matter_left": "white matter left",
    "white_matter_right": "white matter right",
    "ventricles": "ventricles",
}

FIRST = {"firstorder": ["Mean", "Variance"]}

STUDY = {
    "imaging": {
        "prepare": {
            "reference": "t1w",
            "template": {},
            "atlases": {"jhu": {"volume": "atlas/jhu.nii.gz", "table": "atlas/jhu.tsv"}},
            "scans": {
                "t1w": {"suffix": "T1w", "bias_field": {}, "normalise": {"method": "zscore"}},
                "flair": {"suffix": "FLAIR", "bias_field": {}, "coregister": {}},
            },
        },
        "region_sets": {
            "tissue": {"suffix": "dseg", "entities": {"desc": "tissue"}, "regions": TISSUES},
            "territories": {
                "suffix": "dseg",
                "entities": {"atlas": "jhu"},
                "regions": scans.TERRITORIES,
            },
            "brain": {"suffix": "mask", "entities": {"desc": "brain"}, "regions": {"brain": 1}},
        },
        "modalities": {
            "t1w": {
                "suffix": "T1w",
                "prepared": True,
                "region_sets": ["tissue", "territories"],
                "feature_classes": FIRST,
            },
            "flair": {
                "suffix": "FLAIR",
                "prepared": True,
                "region_sets": ["tissue"],
                "feature_classes": FIRST,
            },
        },
        "measures": {
            "volumes": {
                "intracranial": {"region_set": "brain", "regions": "brain"},
                "sides": {
                    "white_matter": {
                        "left": {"region_set": "tissue", "regions": "white_matter_left"},
                        "right": {"region_set": "tissue", "regions": "white_matter_right"},
                    }
                },
            },
            "lesion_candidates": {
                "prepared": True,
                "white_matter": {"region_set": "tissue", "regions": "white_matter"},
                "ventricles": {"region_set": "tissue", "regions": "ventricles"},
            },
        },
    },
}


def write(shared, folder):
    """Lay out the dataset and the atlas."""
    images, bids = shared / "images", folder / "bids"
    scans.describe(bids, "raw")
    fitting = images / "open_ms_data" / "patient26"
    thick = images / "open_ms_data_gridmismatch" / "patient20"
    for name in ("FLAIR", "T1w"):
        scans.copy(fitting / f"{name}.nii.gz", bids / scans.scan("26", name))
        scans.copy(thick / f"study2_{name.upper()}.nii.gz", bids / scans.scan("long20", name))
    scans.copy(images / "nii2mesh_t1_pve" / "bet.nii.gz", bids / scans.scan("mesh", "T1w"))
    source = images / "mni_arterial"
    atlas = folder / "atlas" / "jhu.nii.gz"
    scans.copy(source / "mni_JHU_ArterialAtlas_nlin_sym_09c.nii.gz", atlas)
    scans.write_label_table(atlas.with_name("jhu.tsv"), scans.territory_names(source))

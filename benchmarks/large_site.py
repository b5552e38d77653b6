"""A site of any size, all hard links to one tiny subject: for index, plan and dry run."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pysam
import yaml

_HEADER = """##fileformat=VCFv4.2
##contig=<ID=chr11,length=135086622>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"""


def make_site(folder: Path, subjects: int, study: Path, *, shards: int = 4) -> Path:
    """Write BIDS, a region derivative, a cohort VCF, a clinical table, settings and a key.

    Parameters
    ----------
    study
        Study file that is copied; the names of scans and regions fit the example study.
    """
    names = [f"{i:05d}" for i in range(subjects)]
    _write_bids(folder / "bids", names)
    _write_vcf(folder, names)
    rows = "".join(f"sub-{name}\t{5 + i % 40}\n" for i, name in enumerate(names))
    (folder / "clinical.tsv").write_text("participant_id\tage\n" + rows)
    config = folder / "config"
    config.mkdir()
    (config / "study.yaml").write_text(study.read_text())
    (config / "key").write_text("0" * 64)
    (config / "key").chmod(0o600)
    site = {
        "site": "large",
        "study": "config/study.yaml",
        "key_file": "config/key",
        "shards": shards,
        "imaging": {"bids": "bids"},
        "genomics": {"build": "GRCh38", "vcf": ["cohort.vcf.gz"]},
        "clinical": [{"path": "clinical.tsv", "columns": {"age": {"column": "age", "unit": "a"}}}],
    }
    (config / "site.yaml").write_text(yaml.safe_dump(site))
    return folder


def _write_bids(bids: Path, names: list[str]) -> None:
    regions = bids / "derivatives" / "regions"
    regions.mkdir(parents=True)
    (bids / "dataset_description.json").write_text('{"Name": "large", "BIDSVersion": "1.10.0"}')
    (regions / "dataset_description.json").write_text(
        '{"Name": "regions", "BIDSVersion": "1.10.0", "DatasetType": "derivative",'
        ' "GeneratedBy": [{"Name": "drepano"}]}'
    )
    (regions / "desc-tissue_dseg.tsv").write_text(
        "index\tname\n1\tgrey matter left\n2\tgrey matter right\n"
        "3\twhite matter left\n4\twhite matter right\n5\tventricles\n"
    )
    tiny = bids / "derivatives" / "tiny.nii.gz"
    voxels = np.arange(512, dtype=np.int16).reshape(8, 8, 8) % 6
    nib.Nifti1Image(voxels, np.eye(4)).to_filename(tiny)
    for name in names:
        for root, suffixes in (
            (bids, ("T1w", "FLAIR")),
            (regions, ("space-T1w_desc-tissue_dseg", "space-FLAIR_label-lesion_mask")),
        ):
            anat = root / f"sub-{name}" / "anat"
            anat.mkdir(parents=True)
            for suffix in suffixes:
                os.link(tiny, anat / f"sub-{name}_{suffix}.nii.gz")
    tiny.unlink()


def _write_vcf(folder: Path, names: list[str]) -> None:
    path = folder / "cohort.vcf"
    calls = "\t".join(("0/0", "0/1", "1/1")[i % 3] for i in range(len(names)))
    head = _HEADER + "\t".join(f"sub-{name}" for name in names)
    path.write_text(f"{head}\nchr11\t5227002\t.\tT\tA\t.\tPASS\t.\tGT\t{calls}\n")
    pysam.tabix_index(str(path), preset="vcf")

"""Sites built from nothing: BIDS datasets of tiny images, VCF files, clinical tables."""

from dataclasses import dataclass, field
from pathlib import Path

import nibabel as nib
import numpy as np
import pyarrow as pa
import pysam
import pytest

from drepano.contracts import read_table
from drepano.contracts.inventory import (
    BIDS_FILES,
    GENOME_FILES,
    GENOME_SAMPLES,
    PROBLEMS,
    SUBJECTS,
)
from drepano.index import build_index
from drepano.settings import Site, parse_site

DESCRIPTION = '{"Name": "tiny", "BIDSVersion": "1.9.0"}'
LENGTHS = {"GRCh38": {"1": 248956422, "X": 156040895}, "GRCh37": {"1": 249250621, "X": 155270560}}


@dataclass
class SiteFolder:
    """A site in a temporary folder."""

    root: Path
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def bids(self) -> Path:
        return self.root / "bids"

    def describe(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dataset_description.json").write_text(DESCRIPTION)
        self.settings["imaging"] = {"bids": str(self.bids)}

    def image(
        self,
        path: str,
        *,
        shape: tuple[int, ...] = (4, 5, 6),
        dtype: str = "int16",
        affine: np.ndarray | None = None,
    ) -> Path:
        """Write an image of random voxels below the BIDS folder."""
        self.describe(self.bids)
        file = self.bids / path
        if path.startswith("derivatives/"):
            self.describe(self.bids.joinpath(*Path(path).parts[:2]))
        file.parent.mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(1).integers(0, 99, shape).astype(dtype)
        kind = nib.freesurfer.MGHImage if path.endswith(".mgz") else nib.Nifti1Image
        nib.save(kind(values, np.eye(4) if affine is None else affine), file)
        return file

    def vcf(
        self,
        name: str,
        samples: list[str],
        *,
        build: str | None = "GRCh38",
        prefix: str = "chr",
        index: bool = True,
        rows: tuple[tuple[str, int], ...] = (("1", 100), ("X", 200)),
    ) -> Path:
        """Write a bgzipped, indexed VCF."""
        path = self.text_vcf(name, samples, build=build, prefix=prefix, rows=rows)
        packed = path.with_name(name)
        pysam.tabix_compress(str(path), str(packed), force=True)
        path.unlink()
        if index:
            pysam.tabix_index(str(packed), preset="vcf", force=True)
        return packed

    def text_vcf(
        self,
        name: str,
        samples: list[str],
        *,
        build: str | None = "GRCh38",
        prefix: str = "chr",
        rows: tuple[tuple[str, int], ...] = (("1", 100), ("X", 200)),
    ) -> Path:
        folder = self.root / "vcf"
        folder.mkdir(exist_ok=True)
        lengths = LENGTHS.get(build or "", {"1": 0, "X": 0})
        contigs = [
            f"##contig=<ID={prefix}{c}" + (f",length={n},assembly=x>" if n else ">")
            for c, n in lengths.items()
        ]
        head = "\t".join(
            ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
            if samples
            else ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
        )
        tail = ["GT"] + ["0/1"] * len(samples) if samples else []
        records = [
            "\t".join([f"{prefix}{c}", str(p), ".", "A", "T", ".", "PASS", ".", *tail])
            for c, p in rows
        ]
        gt = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'
        path = folder / name.removesuffix(".gz")
        path.write_text("\n".join(["##fileformat=VCFv4.2", *contigs, gt, head, *records]) + "\n")
        genomics = {"build": "GRCh38", "vcf": [str(folder / "*.[vb]cf*")]}
        self.settings["genomics"] = genomics | dict(self.settings.get("genomics", {}))
        return path

    def sample_map(self, text: str) -> Path:
        path = self.root / "samples.tsv"
        path.write_text(text)
        self.settings["genomics"] = {**self.settings["genomics"], "samples": str(path)}
        return path

    def clinic(self, text: str, **settings: object) -> Path:
        path = self.root / "clinic.tsv"
        path.write_text(text)
        columns = {"hb": {"column": "Hb", "unit": "g/dL"}}
        self.settings["clinical"] = [{"path": str(path), "columns": columns, **settings}]
        return path

    @property
    def site(self) -> Site:
        fixed = {"site": "tiny", "study": "study.yaml", "key_file": "key"}
        return parse_site({**fixed, **self.settings}, "site.yaml")

    def index(self) -> "Index":
        folder = self.root / "index"
        problems = build_index(self.site, folder, kept=self.root / "kept.parquet")
        return Index(
            problems=problems.to_pylist(),
            subjects=read_table(folder / "subjects.parquet", SUBJECTS).to_pylist(),
            images={
                Path(r["path"]).name: r
                for r in read_table(folder / "bids_files.parquet", BIDS_FILES).to_pylist()
            },
            genomes={
                Path(r["path"]).name: r
                for r in read_table(folder / "genome_files.parquet", GENOME_FILES).to_pylist()
            },
            samples=read_table(folder / "genome_samples.parquet", GENOME_SAMPLES).to_pylist(),
            written=read_table(folder / "problems.tsv", PROBLEMS),
        )


@dataclass(frozen=True)
class Index:
    """The tables of an index, read back from its files."""

    problems: list[dict[str, str]]
    subjects: list[dict[str, object]]
    images: dict[str, dict[str, object]]
    genomes: dict[str, dict[str, object]]
    samples: list[dict[str, str]]
    written: pa.Table

    @property
    def found(self) -> list[str]:
        return [p["found"] for p in self.problems]

    @property
    def owners(self) -> dict[str, str]:
        return {row["sample"]: row["subject"] for row in self.samples}

    @property
    def flags(self) -> dict[tuple[object, object], str]:
        kinds = ("imaging", "genomics", "clinical")
        return {
            (r["subject"], r["session"]): "".join(k[0] for k in kinds if r[k])
            for r in self.subjects
        }


@pytest.fixture
def place(tmp_path) -> SiteFolder:
    """An empty site."""
    return SiteFolder(tmp_path)

"""What is measured on which cohort, with the commands of the peers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import genomics_cohorts as made_up
from genomics_runs import Task

RECORDS = 50_000
SAMPLES = {"A": 3_200, "B": 500, "files": 500}
RECORDS_OF_FILE = 2_000
LARGER = 3
TINY = {"A": "A_tiny", "B": "B_tiny", "f": "B_tiny"}
"""What each kind of cohort is tried on before it is measured."""
_QUERY = {
    "A": "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT]\\n",
    "files": "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT\\t%DP\\t%GQ]\\n",
}


@dataclass(frozen=True)
class Cohorts:
    """What was made.

    Attributes
    ----------
    made
        A and B, those with ``3`` behind them three times as long, and files.
        With the size of each in MB.
    """

    folder: Path
    made: Mapping[str, float]

    def task(self, name: str, study: Mapping[str, Any], step: str = "scan") -> dict[str, Any]:
        """Return what the child is asked."""
        index, tiny = (self.folder / f"index_{n}" for n in (name, TINY[name[0]]))
        asked = {"how": "alone", "step": step, "index": str(index), "study": study}
        return asked | {"first": str(tiny)}

    def score_task(self, name: str) -> dict[str, Any]:
        """Return the task of the score of all records of a cohort of kind A."""
        score = {"file": str(self.folder / f"score_{name}.txt"), "palindromic": "keep"}
        return self.task(name, {"scores": {"all": score}}) | {"column": "score__all__sum"}

    def burden_task(self, name: str) -> dict[str, Any]:
        """Return the task of a burden over a cohort of kind B."""
        burden = {
            "genes": made_up.GENES,
            "impacts": ("HIGH", "MODERATE"),
            "max_frequency": 0.01,
            "frequency": "gnomADe_AF",
        }
        return self.task(name, {"burdens": {"rare": burden}})


def make(folder: Path, wanted: Sequence[str], scale: float, seed: int, *, larger: bool) -> Cohorts:
    """Make the cohorts; `scale` takes fewer samples and records of each."""
    made: dict[str, float] = {}
    longer = [name + "3" for name in wanted if larger and name != "files"]
    for name in sorted({*TINY.values()}):
        sites, samples = made_up.variants(0, seed), made_up.names(3)
        made_up.write_index(
            folder / f"index_{name}", _write(folder, name, sites, samples, seed), [samples]
        )
    for name in [*wanted, *longer]:
        print(f"making {name} ...", file=sys.stderr, flush=True)
        kind = name.removesuffix("3")
        samples = made_up.names(max(int(SAMPLES[kind] * scale), 3))
        records = RECORDS_OF_FILE if kind == "files" else RECORDS
        sites = made_up.variants(int(records * scale) * (LARGER if kind != name else 1), seed)
        paths = _write(folder, name, sites, samples, seed)
        made[name] = sum(path.stat().st_size for path in paths) / 1e6
        each = [[s] for s in samples] if kind == "files" else [samples]
        made_up.write_index(folder / f"index_{name}", paths, each)
        if kind == "A":
            scores = folder / f"score_{name}.txt", folder / f"plink_{name}.txt"
            made_up.write_score(*scores, sites, seed)
    _write_regions(folder / "panel.tsv")
    return Cohorts(folder, made)


def _write(
    folder: Path, name: str, sites: Sequence[made_up.Variant], samples: list[str], seed: int
) -> list[Path]:
    if name == "files":
        return made_up.write_singles(folder / "files", sites, samples, seed)
    path = folder / f"{name}.vcf.gz"
    (made_up.write_wide if name[0] == "A" else made_up.write_deep)(path, sites, samples, seed)
    return [path]


def _write_regions(path: Path) -> None:
    """Write the panel's sites as regions for bcftools."""
    sites = made_up.variants(0, 0)
    path.write_text("".join(f"chr{s.chrom}\t{s.position}\t{s.position}\n" for s in sites))


PANEL, PANEL_PEER = "panel of A", "bcftools query -R"
FILES, FILES_PEER = "panel of the files", "bcftools query -R in a loop"
SCORE, SCORE_PEER = "score of A", "plink2 --vcf --score"
BURDEN, BURDEN_PEER = "burden over B", "bcftools view -H > /dev/null"


def tasks_of(cohorts: Cohorts, known: Mapping[str, str], *, ranks: bool) -> list[Task]:
    """Return all tasks of one turn, each beside its peer."""
    scans = {
        name: cohorts.score_task(name) if name[0] == "A" else cohorts.burden_task(name)
        for name in cohorts.made
        if name != "files"
    }
    tasks = [*_against_peers(cohorts, known)]
    tasks += [Task(f"{name}: memory", asked) for name, asked in scans.items() if name[1:]]
    if ranks:
        tasks += [
            Task(f"{name}: {count} ranks", asked | {"how": "ranks", "ranks": count})
            for name, asked in scans.items()
            for count in (1, 2)
        ]
    return tasks


def _against_peers(cohorts: Cohorts, known: Mapping[str, str]) -> Iterator[Task]:
    folder = cohorts.folder
    if "A" in cohorts.made:
        path = folder / "A.vcf.gz"
        yield Task(PANEL, cohorts.task("A", {"panels": ("scd",)}, "panel"))
        if "bcftools" in known:
            query = f"bcftools query -R panel.tsv -f '{_QUERY['A']}' {path} > query.txt"
            yield Task(PANEL_PEER, command=query)
        yield Task(SCORE, cohorts.score_task("A"))
        if "plink2" in known:
            yield Task(SCORE_PEER, command=_plink(path))
    if "files" in cohorts.made:
        yield Task(FILES, cohorts.task("files", {"panels": ("scd",)}, "panel"))
        if "bcftools" in known:
            query = f"bcftools query -R panel.tsv -f '{_QUERY['files']}' $f"
            yield Task(FILES_PEER, command=f"for f in files/*.vcf.gz; do {query}; done > loop.txt")
    if "B" in cohorts.made:
        yield Task(BURDEN, cohorts.burden_task("B"))
        if "bcftools" in known:
            view = f"bcftools view -H {folder / 'B.vcf.gz'} > /dev/null"
            yield Task(BURDEN_PEER, command=view)


def _plink(path: Path) -> str:
    names = "--set-all-var-ids '@:#:$r:$a' --allow-extra-chr"
    score = "--score plink_A.txt 1 2 3 no-mean-imputation cols=+scoresums"
    return f"plink2 --threads 1 --vcf {path} {names} {score} --out plink > plink.txt"

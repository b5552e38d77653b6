"""Sums of masks to matrix columns."""

from __future__ import annotations

from drepano.contracts import Column
from drepano.genomics.burdens import collecting
from drepano.genomics.burdens.collecting import burden_source
from drepano.genomics.interpretation.evidence import Evidence, Trouble
from drepano.genomics.interpretation.findings import Findings
from drepano.settings import Burden, Genomics

MISSING = "no burden of this subject; the reason stands in the states"

NO_REGION = Trouble(
    "not_covered",
    "no_region",
    "the mask has regions, and none on the build of the site's files",
    "Add regions of this build to the study.",
)
NO_ANNOTATION = Trouble(
    "not_covered",
    "no_annotation",
    "a header declares no annotation or frequency field that the mask asks for",
    "Annotate the files by VEP or SnpEff with the fields that the mask names.",
)
ABSENT = Trouble(
    "not_covered",
    "site_absent",
    "no record of the subject's files is counted by the mask",
    "Set absent to reference if every file covers the whole mask.",
)
FEW_CALLS = Trouble(
    "no_call", "too_few_variants", "", "See min_called of the mask, and the gates of genomics."
)


class BurdenInterpreter:
    """Concludes one mask (`drepano.genomics.interpretation.registry.Interpreter`)."""

    def __init__(self, name: str, mask: Burden) -> None:
        self._source, self._mask = burden_source(name), mask

    @property
    def _burden(self) -> str:
        return f"{self._source}__{self._mask.count}"

    @property
    def _called(self) -> str:
        return f"{self._source}__called"

    @property
    def _unknown(self) -> str:
        return f"{self._source}__frequency_unknown"

    def columns(self) -> list[Column]:
        """Declare the burden, how much of it was called, and what has no frequency."""
        counted = _describe(self._mask)
        copies = "copies of alleles" if self._mask.count == "alleles" else "alleles carried"
        columns = [
            self._column(
                self._burden, "integer", f"{copies} that the mask counts; higher is more", counted
            ),
            self._column(
                self._called,
                "number",
                "called fraction of the alleles that the mask counts; higher is better",
                counted,
                maximum=1,
            ),
        ]
        if self._mask.max_frequency is not None:
            what = "alleles in the mask, of all samples of the files, without a told frequency"
            columns.append(self._column(self._unknown, "integer", what, counted))
        return columns

    def _column(
        self,
        name: str,
        kind: str,
        meaning: str,
        counted: str,
        *,
        maximum: float | None = None,
    ) -> Column:
        return Column(
            name=name,
            type="integer" if kind == "integer" else "number",
            unit="1",
            meaning=meaning,
            missing=MISSING,
            source=counted,
            standard="Sequence Ontology terms as VEP or SnpEff wrote them; docs/burden.md",
            state_source=self._source,
            minimum=0,
            maximum=maximum,
        )

    def conclude(self, evidence: Evidence, findings: Findings) -> None:
        """Give each subject its burden, or say why it has none."""
        sums = {
            name: evidence.sums_of(self._source, name)
            for name in (
                *(collecting.PIECES, collecting.UNREADABLE, collecting.COUNTED),
                *(collecting.CALLED, collecting.ALLELES, collecting.VARIANTS, collecting.UNKNOWN),
            )
        }
        elsewhere = self._mask.intervals(evidence.build) == {}
        for i, subject in enumerate(evidence.subjects):
            told = {name: int(values[i]) for name, values in sums.items()}
            trouble = self._trouble(evidence, subject, told, elsewhere=elsewhere)
            if trouble is not None:
                findings.refuse(subject, self._source, trouble)
            else:
                self._tell(subject, told, findings)

    def _trouble(
        self, evidence: Evidence, subject: str, told: dict[str, int], *, elsewhere: bool
    ) -> Trouble | None:
        if evidence.build and elsewhere:
            return NO_REGION
        troubles = evidence.troubles(self._source, subject)
        if not self._mask.regions:
            # A mask that looks everywhere does not need every chromosome: the study does
            # not tell where its genes lie. A piece that failed may have held them.
            troubles = [t for t in troubles if t.state != "not_covered" or not told["pieces"]]
        if troubles:
            return troubles[0]
        if told[collecting.UNREADABLE]:
            return NO_ANNOTATION
        absent = self._mask.absent == "missing" and not told[collecting.COUNTED]
        if not told[collecting.PIECES] or absent:
            return ABSENT
        if told[collecting.CALLED] < self._mask.min_called * told[collecting.COUNTED]:
            return FEW_CALLS
        return None

    def _tell(self, subject: str, told: dict[str, int], findings: Findings) -> None:
        findings.number(subject, self._burden, told[self._mask.count])
        if told[collecting.COUNTED]:
            fraction = told[collecting.CALLED] / told[collecting.COUNTED]
            findings.number(subject, self._called, fraction)
        else:
            why = Trouble("undefined", "site_absent", ABSENT.detail, "")
            findings.refuse(subject, self._called, why)
        if self._mask.max_frequency is not None:
            findings.number(subject, self._unknown, told[collecting.UNKNOWN])


def _describe(mask: Burden) -> str:
    """Tell the mask in one line, for the dictionary."""
    regions = [f"{build} {', '.join(spans)}" for build, spans in sorted(mask.regions.items())]
    rare = (
        f"{mask.frequency} at most {mask.max_frequency:g}" if mask.max_frequency is not None else ""
    )
    unknown = {"leave_out": "left out", "count": "counted"}[mask.unknown_frequency]
    absence = {"missing": "null", "reference": "0"}[mask.absent]
    parts = (
        ("genes", ", ".join(mask.genes)),
        ("regions", "; ".join(regions)),
        ("consequences", ", ".join(mask.consequences)),
        ("impacts", ", ".join(mask.impacts)),
        ("annotation", mask.annotation),
        ("frequency", rare),
        ("unknown frequency", unknown if rare else ""),
        ("no variant in the files", absence),
    )
    return "; ".join(f"{name}: {text}" for name, text in parts if text)


def burden_interpreters(genomics: Genomics) -> list[BurdenInterpreter]:
    """Return an interpreter for each mask of the study."""
    return [BurdenInterpreter(name, mask) for name, mask in genomics.burdens.items()]

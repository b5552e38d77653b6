"""Why a cell of the matrix is null: one state per subject, session and group of columns."""

from drepano.contracts.column import Column, optional, required
from drepano.contracts.inventory import SESSION, SUBJECT
from drepano.contracts.table import Table

STATES = {
    "measured": "there is a value",
    "not_acquired": "the scan, sample or clinical row does not exist at the site",
    "failed": "the data is there and no value could be made of it",
    "excluded_by_quality": "a value was there and a limit of the study refused it",
    "undefined": "the measure has no meaning here, such as texture of an empty region",
    "not_covered": "the variant's site was not looked at in this sample",
    "no_call": "the site was looked at and no genotype was called",
    "indeterminate": "the evidence allows more than one answer",
    "withheld": "there is a value, and the site does not release it",
}

REASONS = {
    "": "nothing to say: measured",
    "no_scan": "no scan of this modality",
    "no_regions": "no region file for this scan",
    "ambiguous_scan": "more than one file fits the study's choice",
    "not_prepared": "the scan is there and the preparation made nothing of it",
    "no_metadata": "the sidecar lacks what the measure needs",
    "companion_mismatch": "bval, bvec, aslcontext or a sidecar do not fit the image",
    "unsupported_acquisition": "the measure has no formula for a scan that was acquired this way",
    "no_reference": "the session has no reference scan to register to",
    "registration_failed": "registered images do not overlap enough",
    "brain_empty": "no voxel of the scan was found to be brain",
    "tissue_empty": "no voxel of the tissue whose intensities are the measure",
    "intensity_flat": "the tissue has too few intensities to normalise by",
    "unreadable": "the file cannot be read, or ends early",
    "unsupported_pixels": "complex, RGB, not three-dimensional, or labels that are not whole",
    "bad_geometry": "the affine is not rotation and scale, or not invertible",
    "grid_mismatch": "scan and regions lie on different grids",
    "region_cut": "part of the region is lost on the grid of the scan",
    "label_absent": "the asked label is not in the region file",
    "label_unknown": "the asked name is not in the label table",
    "region_empty": "the region has no voxel: volume 0, other features undefined",
    "region_too_small": "the region has fewer voxels than the study asks for",
    "regions_overlap": "regions that must not share voxels do",
    "not_finite": "the region holds NaN or infinite voxels",
    "engine_refused": "the radiomics engine refused the region",
    "feature_undefined": "the feature is not a finite number for this region",
    "no_index": "the VCF is not bgzipped, or has no index",
    "no_sample": "no VCF sample is mapped to the subject",
    "sample_conflict": "more than one VCF holds the subject",
    "site_absent": "the variant's site is not in the file",
    "allele_not_typed": "the site is there, the panel's allele is not",
    "low_evidence": "depth or genotype quality is below the study's gate",
    "missing_genotype": "./. or a half call",
    "filtered": "the record's FILTER is not accepted by the study",
    "wrong_build": "the file is of another genome build than the site says",
    "build_unknown": "nothing in the file tells its genome build",
    "ref_mismatch": "the REF bases of the panel are not those of the file, or of the FASTA",
    "record_conflict": "two records of the file give different dosages of the variant",
    "phase_unknown": "the answer depends on which chromosome carries what, and that is not known",
    "second_allele_not_excluded": "not every site of the second allele was called",
    "rule_unknown": "alleles that the rules have no answer for",
    "rs334_missing": "rs334 was not called, and nothing is said of haemoglobin without it",
    "imputed_uncertain": "the imputed dosage is not certain enough to be a genotype",
    "sites_missing": "not every site that the rules ask for was called",
    "calls_contradict": "calls that no pair of chromosomes can carry together",
    "structural_variant": "a deletion or duplication was found that the rules have no answer for",
    "source_conflict": "the site's table and the records say different things",
    "ploidy_conflict": "the number of alleles in the calls does not fit the sex, or each other",
    "no_s_chromosome": "the measure is about chromosomes with HbS, and there is none",
    "clinical_unknown": "the clinical table does not tell what the answer depends on",
    "too_few_variants": "fewer variants were called than the study asks for",
    "no_annotation": "the file carries no annotation or frequency of the kind that is asked",
    "sex_unknown": "the answer depends on the sex, and the clinical table does not tell it",
    "no_site_table": "the site brings no table of this kind, or no row of the subject",
    "no_region": "the study gives no region on the build of the site's files",
    "no_format_field": "the file has no field that the measure needs, such as DP, GQ or AD",
    "variants_only": "the file holds the variants of its sample alone, not what is reference",
    "sex_indeterminate": "X and Y fit neither sex by the study's thresholds",
    "no_other_subject": "there is no other subject to compare with",
    "too_few_records": "fewer usable records than the study asks for",
    "no_clinical_row": "no clinical row of the subject",
    "no_clinical_column": "the site has no such column",
    "not_recorded": "the cell is empty or coded as unknown",
    "refused": "coded as refused by the patient",
    "out_of_range": "outside the hard limits of the concept",
    "not_a_number": "the cell is not a number in the stated unit",
    "unknown_category": "the cell is none of the stated categories",
    "conflicting_rows": "rows of the same subject and session say different things",
    "release_policy": "the site's release settings withhold it",
    "quality_limit": "the image quality of the scan is outside the study's limits",
    "crashed": "the unit's process died twice",
    "timed_out": "the unit ran longer than its time limit",
    "unexpected": "an error that drepano did not foresee",
}

STATE = Column(
    name="state",
    type="category",
    categories=tuple(STATES),
    required=True,
    meaning="why the columns of this source hold, or do not hold, a value",
)
REASON = Column(
    name="reason",
    type="category",
    categories=tuple(REASONS),
    required=True,
    meaning="short code of the reason; empty when measured",
)

STEP_STATES = Table(
    "step_states",
    1,
    (
        SUBJECT,
        SESSION,
        required("source", "string", "state source of columns, or one column's full name"),
        STATE,
        REASON,
        optional("detail", "string", "what was found; stays at the site"),
        optional("remedy", "string", "what to do; stays at the site"),
    ),
    key=("subject", "session", "source"),
)
"""States as a step writes them, for people at the site."""

MATRIX_STATES = Table(
    "matrix_states",
    1,
    (
        SUBJECT,
        SESSION,
        required("source", "string", "state source of columns, or one column's full name"),
        STATE,
        REASON,
    ),
    key=("subject", "session", "source"),
)
"""States of every source in every row of the matrix, `measured` included; stay at the site."""

RELEASED_STATES = Table(
    "states",
    1,
    (
        required("subject", "string", "pseudonym of the subject"),
        required("session", "integer", "rank of the session within the subject, from 1"),
        required("source", "string", "state source of columns, or one column's full name"),
        STATE,
        REASON,
    ),
    key=("subject", "session", "source"),
)
"""States as a release carries them: no detail, no path."""

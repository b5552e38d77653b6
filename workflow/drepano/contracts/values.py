"""Long tables of the steps, and the declaration of the matrix columns made of them."""

from drepano.contracts.column import Column, optional, required
from drepano.contracts.inventory import SESSION, SUBJECT
from drepano.contracts.table import Table

KEY = required("key", "string", "content key of the unit that made the row")

IMAGING = Table(
    "imaging",
    2,
    (
        SUBJECT,
        SESSION,
        required("column", "string", "matrix column: modality__region__feature"),
        required("item", "integer", "0: the matrix's value; from 1: of a lesion, a perturbation"),
        required("value", "number", "value; unit and meaning in the dictionary"),
        required("engine", "string", "name and version of the engine that made it"),
        KEY,
    ),
    key=("subject", "session", "column", "item"),
)

GENOMICS = Table(
    "genomics",
    2,
    (
        SUBJECT,
        required("variant", "string", "id of the panel's variant"),
        optional("dosage", "number", "copies of the panel's ALT allele", missing="see state"),
        optional("ploidy", "integer", "number of alleles in the call: 1 for haploid X"),
        optional("phased", "boolean", "the call is phased"),
        optional(
            "genotype",
            "string",
            "alleles in the order of GT, 1: carries the panel's ALT, such as 0|1 or 0/1; "
            "null for DS without GT",
        ),
        optional("phase_set", "string", "PS of a phased call; null where the file has none"),
        optional(
            "record",
            "string",
            "record (chrom:pos:ref): two calls of one record have their alleles in one order",
        ),
        optional("probability", "number", "largest GP of the call, where the file has it"),
        optional("depth", "number", "DP of the call, where the file has it"),
        optional("quality", "number", "GQ of the call, where the file has it"),
        KEY,
    ),
    key=("subject", "variant"),
)

GENOME_SUMS = Table(
    "genome_sums",
    1,
    (
        required("subject", "string", "BIDS participant label; empty: all samples together"),
        required("source", "string", "score, burden, ancestry or quality that is summed"),
        required("item", "string", "variant or part that it is about; empty: the whole"),
        required("quantity", "string", "what is summed; the source's own name"),
        required("value", "integer", "exact sum, so that no order of chunks changes it"),
        optional("text", "string", "genotypes at markers; one of a kind, never joined"),
    ),
    key=("subject", "source", "item", "quantity"),
    added=("value",),
)
"""What passes over pieces of files give; rows of the same key add up."""

INTERPRETATION = Table(
    "interpretation",
    1,
    (
        SUBJECT,
        required("column", "string", "matrix column"),
        optional("number", "number", "value, for numbers, integers and flags (0, 1)"),
        optional("category", "string", "value, for categories"),
    ),
    key=("subject", "column"),
)
"""What follows from calls and sums: genotypes, scores, burdens, ancestry, quality of samples."""

SCORE_MATCHES = Table(
    "score_matches",
    1,
    (
        required("score", "string", "score of the study"),
        required("line", "integer", "line of the scoring file; 0: many variants together"),
        required("variant", "string", "rsID or place as the scoring file names it"),
        required("chrom", "string", "chromosome without prefix; empty for refused rows"),
        optional("position", "integer", "1-based position on the site's build"),
        required("effect", "string", "effect allele"),
        required("other", "string", "other allele; empty: not told"),
        required(
            "outcome",
            "string",
            "matched, flipped, taken_as_reference, no_call, palindromic, other_alleles, absent; "
            "or refused and the reason",
        ),
        required("samples", "integer", "samples of which the outcome is true"),
    ),
    key=("score", "line", "variant", "outcome"),
)
"""What became of each variant of each score, for people at the site; counts of samples alone."""

CLINICAL = Table(
    "clinical",
    1,
    (
        SUBJECT,
        required("session", "string", "session of the row; empty: holds for every session"),
        required("column", "string", "clinical concept"),
        optional("number", "number", "value in the concept's unit, for numbers and flags (0, 1)"),
        optional("category", "string", "value, for categories"),
    ),
    key=("subject", "session", "column"),
)

COLUMNS = Table(
    "columns",
    1,
    (
        required("name", "string", "matrix column"),
        Column(
            name="type",
            type="category",
            categories=("string", "number", "integer", "boolean", "category"),
            meaning="type of the values",
            required=True,
        ),
        required("unit", "string", "UCUM code"),
        required("meaning", "string", "what it is, with direction"),
        required("missing", "string", "what a null says"),
        required("source", "string", "definition: IBSI code, rsID, LOINC, paper"),
        required("standard", "string", "standard it follows, or how it departs"),
        required("state_source", "string", "key that explains its nulls in the states"),
        required("categories", "string", "JSON list of allowed values, in order"),
        optional("minimum", "number", "hard lower limit, inclusive"),
        optional("maximum", "number", "hard upper limit, inclusive"),
    ),
    key=("name",),
)
"""The matrix's columns in their order, as the study declares them, whatever the data."""

"""Tables of the index: what is there, and what is wrong with it."""

from drepano.contracts.column import Column, optional, required
from drepano.contracts.table import Table

SUBJECT = required("subject", "string", "BIDS participant label without `sub-`")
SESSION = required("session", "string", "BIDS session label without `ses-`; empty if there is none")

FILES = Table(
    "files",
    1,
    (
        required("path", "string", "path as the site file leads to it"),
        required("size", "integer", "size", "By"),
        required("mtime_ns", "integer", "time of the last change, since 1970", "ns"),
        required("sha256", "string", "SHA-256 of the content"),
    ),
    key=("path",),
)

SUBJECTS = Table(
    "subjects",
    1,
    (
        SUBJECT,
        SESSION,
        required("imaging", "boolean", "a scan of this session is there"),
        required("genomics", "boolean", "a VCF sample of this subject is there"),
        required("clinical", "boolean", "a clinical row of this subject is there"),
    ),
    key=("subject", "session"),
)

_IMAGE_COLUMNS = (
    SUBJECT,
    SESSION,
    required("path", "string", "path as the site file leads to it"),
    required("derivative", "boolean", "the file comes from a derivative dataset"),
    required("suffix", "string", "BIDS suffix"),
    required("entities", "string", "JSON object of BIDS entities, without sub and ses"),
    required("sha256", "string", "SHA-256 of the content; empty if it could not be read"),
    optional("voxels", "integer", "product of the image's dimensions, from the header"),
    optional("label_table", "string", "path of the label table that belongs to a dseg"),
    optional("label_table_sha256", "string", "SHA-256 of the label table"),
    required("metadata", "string", "JSON of the sidecars, nearest last; no name or date"),
    required("companions", "string", "JSON: bval, bvec or aslcontext to the path of the file"),
    required("companions_sha256", "string", "SHA-256 over the companions; empty if none"),
    required("reason", "string", "code of the reason why the file is unusable, or empty"),
    required("detail", "string", "what was found when it is unusable, or empty"),
    required("remedy", "string", "what to do when it is unusable, or empty"),
)

BIDS_FILES = Table("bids_files", 2, _IMAGE_COLUMNS, key=("path",))
"""Images (`.nii`, `.nii.gz`, `.mgz`) of the dataset and its derivatives."""

PREPARED = Table(
    "prepared",
    1,
    (
        *_IMAGE_COLUMNS,
        required("engine", "string", "name and version of what prepared it"),
        required("key", "string", "content key of the unit that made it"),
    ),
    key=("path",),
)
"""Images that drepano prepared: scans, masks and label maps; those that failed say why."""

GENOME_FILES = Table(
    "genome_files",
    1,
    (
        required("path", "string", "VCF or BCF as the site file leads to it"),
        required("sha256", "string", "SHA-256 of the content"),
        required("index_path", "string", "its .tbi or .csi"),
        required("index_sha256", "string", "SHA-256 of the index; empty if there is none"),
        required("contig_prefix", "string", "`chr` or empty"),
        required("build", "string", "GRCh37, GRCh38, or empty when the header does not tell"),
        required("contigs", "string", "JSON list of the contigs that hold records, without prefix"),
        required("samples", "integer", "number of samples"),
        required("size", "integer", "size of the file", "By"),
        required("reason", "string", "code of the reason why the file is unusable, or empty"),
        required("detail", "string", "what was found when it is unusable, or empty"),
        required("remedy", "string", "what to do when it is unusable, or empty"),
    ),
    key=("path",),
)

GENOME_SAMPLES = Table(
    "genome_samples",
    1,
    (
        required("path", "string", "VCF or BCF"),
        required("sample", "string", "sample name in the file"),
        SUBJECT,
    ),
    key=("path", "sample"),
)

SEVERITIES = ("error", "warning")

PROBLEMS = Table(
    "problems",
    1,
    (
        Column(
            name="severity",
            type="category",
            categories=SEVERITIES,
            required=True,
            meaning="error: the file or row is left out; warning: it is used",
        ),
        required("where", "string", "file, and row or column where it applies"),
        required("found", "string", "what was found; never a clinical value"),
        required("expected", "string", "what was expected"),
        required("remedy", "string", "what to do"),
    ),
)

UNITS = Table(
    "units",
    1,
    (
        required("unit", "string", "name of the unit, unique in its step"),
        required("key", "string", "hash of inputs, settings and engine: same key, same result"),
        required("cost", "number", "expected work from headers; dearer units start first"),
        required("payload", "string", "JSON that the step's compute function reads"),
    ),
    key=("unit",),
)

OUTCOMES = Table(
    "outcomes",
    1,
    (
        required("unit", "string", "name of the unit"),
        required("key", "string", "content key of the unit"),
        required("reason", "string", "code of the reason why the whole unit failed, or empty"),
    ),
    key=("unit",),
)

FAILURES = Table(
    "failures",
    1,
    (
        required("step", "string", "step that could not make the value"),
        SUBJECT,
        SESSION,
        required("source", "string", "group of columns that has no value"),
        required("reason", "string", "code out of the list in docs/states.md"),
        optional("detail", "string", "what was found"),
        optional("remedy", "string", "what to do"),
    ),
)

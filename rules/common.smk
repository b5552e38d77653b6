"""Settings, and names that the rules share.  No rule lives here."""

from drepano.cli.front import basis_of, load_settings
from drepano.genomics.scan.inputs import genomics_inputs
from drepano.imaging.preparation.plan import study_files
from drepano.index import inventory_digest
from drepano.release import pseudonym, read_key

SITE_FILE, SITE, STUDY = load_settings(workflow.configfiles, config)
SHARDS = range(SITE.shards)
CONCLUDES = STUDY.genomics is not None and STUDY.genomics.interprets
STEPS = [
    *(["imaging"] if STUDY.imaging is not None else []),
    *(["genomics"] if STUDY.genomics is not None else []),
    *(["interpretation"] if CONCLUDES else []),
    *(["clinical"] if STUDY.clinical is not None else []),
]


wildcard_constraints:
    shard=r"\d+",


def panel_files(wildcards):
    """Panels that the study brings as files; the package's own change with drepano."""
    panels = STUDY.genomics.panels if STUDY.genomics else ()
    return [panel for panel in panels if panel.endswith(".tsv")]


def genomics_files(wildcards):
    """Scoring files, loadings, markers that the study brings; FASTA and tables of the site."""
    brought = genomics_inputs(STUDY.genomics, SITE.genomics) if STUDY.genomics else ()
    return [str(path) for path in brought]


def sums(wildcards):
    """Sums over whole files with their states, where the study asks for any."""
    scans = STUDY.genomics is not None and STUDY.genomics.scans
    return ["results/scan.parquet", "results/scan_states.parquet"] if scans else []


def beside_calls(wildcards):
    """Clinical values, where the study has any: sex, transfusion, the registry's genotype."""
    return ["results/clinical.parquet"] if STUDY.clinical is not None else []


def preparation_files(wildcards):
    """Template and atlases that the study brings as files."""
    return [str(path) for path in study_files(STUDY.imaging)]


def beside_scans(wildcards):
    """Tables that extraction reads beside the index: prepared images, clinical values."""
    imaging = STUDY.imaging
    prepared = imaging is not None and imaging.prepare is not None
    clinical = imaging is not None and imaging.reads_clinical and STUDY.clinical
    return [
        *(["results/preparation.parquet"] if prepared else []),
        *(["results/clinical.parquet"] if clinical else []),
    ]


def inventory(wildcards):
    """Digest of names, sizes and times of the site's files: new data makes a new index."""
    return inventory_digest(SITE)


def basis(*names):
    """Digest of drepano and of the named files that people bring: their times are not trusted.

    A file that was moved or synchronised here may be older than the results of the one that
    it replaces; and nothing of a new drepano is an input of a rule.  Not a function of
    `input`: Snakemake remembers no parameter that is.
    """
    brought = {
        "site": [SITE_FILE],
        "study": [SITE.study],
        "panels": panel_files(None),
        "preparation": preparation_files(None),
        "genomics": genomics_files(None),
        "tables": [source.path for source in SITE.clinical],
    }
    files = [path for name in names for path in brought[name]]

    def digest(wildcards):
        return basis_of(files)

    return digest


def key_mark(wildcards):
    """What the secret key makes of nobody: another key makes another release."""
    return pseudonym(read_key(SITE.key_file), SITE.site, "")


def doubling(mebibytes):
    """Memory request that doubles with every attempt."""

    def request(wildcards, attempt):
        return mebibytes * 2 ** (attempt - 1)

    return request


def launcher(wildcards, resources):
    """Command that starts the ranks; one rank needs no MPI launcher."""
    if resources.tasks == 1:
        return "python"
    return f"{resources.mpi} -n {resources.tasks} python -m mpi4py"

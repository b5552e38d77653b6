"""The front door: settings, rules in the order of the data, targets."""

from snakemake.utils import min_version

min_version("9.6")


include: "rules/common.smk"
include: "rules/index.smk"
include: "rules/preparation.smk"
include: "rules/imaging.smk"
include: "rules/genomics.smk"
include: "rules/clinical.smk"
include: "rules/matrix.smk"
include: "rules/release.smk"


localrules:
    all,


rule all:
    """Bring the site's release up to date."""
    default_target: True
    input:
        "results/release.json",

"""Clinical: one long table of typed values in stated units."""


rule read_clinical:
    """Read the clinical tables: units converted, limits checked, missing codes told apart."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        subjects="results/index/subjects.parquet",
        tables=[source.path for source in SITE.clinical],
    output:
        values="results/clinical.parquet",
        states="results/clinical_states.parquet",
        problems="results/clinical_problems.tsv",
        columns="results/columns/clinical.parquet",
    log:
        "logs/read_clinical.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site", "study", "tables"),
    shell:
        "drepano read-clinical --site {input.site:q} --study {input.study:q}"
        " --subjects {input.subjects:q} --values {output.values:q} --states {output.states:q}"
        " --problems {output.problems:q} --columns {output.columns:q} 2> {log:q}"

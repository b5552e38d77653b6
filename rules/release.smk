"""Release: pseudonyms, seal, and `latest` when the gates pass."""


rule seal_release:
    """Write the release aside, rename it, and move `latest` if every gate passed."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        matrix="results/matrix.parquet",
        states="results/states.parquet",
        dictionary="results/dictionary.json",
        columns=collect("results/columns/{step}.parquet", step=STEPS),
        values=collect("results/{step}.parquet", step=STEPS),
    output:
        "results/release.json",
    log:
        "logs/seal_release.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site", "study"),
        key_mark=key_mark,
    shell:
        "drepano seal-release {input.columns:q} {input.values:q}"
        " --site {input.site:q} --study {input.study:q} --matrix {input.matrix:q}"
        " --states {input.states:q} --dictionary {input.dictionary:q}"
        " --releases releases --report {output:q} 2> {log:q}"

"""Matrix: one row per subject and session, one declared column per measure."""


rule join_matrix:
    """Join the steps' tables; a null always has a state, no row is lost or doubled."""
    input:
        study=SITE.study,
        subjects="results/index/subjects.parquet",
        columns=collect("results/columns/{step}.parquet", step=STEPS),
        values=collect("results/{step}.parquet", step=STEPS),
        states=collect("results/{step}_states.parquet", step=STEPS),
    output:
        matrix="results/matrix.parquet",
        states="results/states.parquet",
        dictionary="results/dictionary.json",
        quality="results/quality.json",
    log:
        "logs/join_matrix.log",
    benchmark:
        "logs/benchmarks/join_matrix.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
    shell:
        "drepano join-matrix {input.subjects:q} {input.columns:q} {input.values:q} {input.states:q}"
        " --study {input.study:q} --matrix {output.matrix:q} --states {output.states:q}"
        " --dictionary {output.dictionary:q} --quality {output.quality:q} 2> {log:q}"

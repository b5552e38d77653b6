"""Preparation: raw scans to scans and regions that can be measured, as BIDS derivatives."""


rule plan_preparation:
    """Collect the scans of each session; one unit per session, spread over the shards."""
    input:
        study=SITE.study,
        tables=["results/index/subjects.parquet", "results/index/bids_files.parquet"],
        shared=preparation_files,
    output:
        units=collect("results/units/preparation/{shard}.parquet", shard=SHARDS),
        states="results/units/preparation/states.parquet",
    log:
        "logs/plan_preparation.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study", "preparation"),
        folder=subpath(output.states, parent=True),
        shards=SITE.shards,
    shell:
        "drepano plan-preparation {input.tables:q} --study {input.study:q}"
        " --shards {params.shards} --folder {params.folder:q} 2> {log:q}"


rule prepare_imaging:
    """Prepare a shard's scans on all ranks: bias field, registration, brain, tissues, atlases.

    Prepared images lie in results/derivatives/drepano; the outputs list them. An image that
    cannot be made is a row, and stops no other.
    """
    input:
        site=SITE_FILE,
        study=SITE.study,
        units="results/units/preparation/{shard}.parquet",
        shared=preparation_files,
    output:
        values="results/shards/preparation/{shard}.values.parquet",
        states="results/shards/preparation/{shard}.states.parquet",
        outcomes="results/shards/preparation/{shard}.outcomes.parquet",
    log:
        "logs/prepare_imaging/{shard}.log",
    benchmark:
        "logs/benchmarks/prepare_imaging/{shard}.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    threads: 1
    resources:
        mpi="mpiexec",
        tasks=1,
        mem_mb=doubling(4000),
    params:
        basis=basis("site", "study", "preparation"),
        launcher=launcher,
        shards=SITE.shards,
        time_limit=SITE.unit_time_limit_s,
    shell:
        "{params.launcher} -m drepano compute preparation --ranks {resources.tasks}"
        " --site {input.site:q} --study {input.study:q} --units {input.units:q}"
        " --shard {wildcards.shard} --shards {params.shards}"
        " --store results/parts/preparation --time-limit {params.time_limit}"
        " --values {output.values:q} --states {output.states:q}"
        " --outcomes {output.outcomes:q} 2> {log:q}"


rule gather_preparation:
    """Join the shards' lists of prepared images in an order that no shard or rank can change.

    Fails when more than `max_failed_fraction` of the sessions gave no image at all.
    """
    input:
        study=SITE.study,
        values=collect(
            "results/shards/preparation/{shard}.values.parquet", shard=SHARDS
        ),
        states=collect(
            "results/shards/preparation/{shard}.states.parquet", shard=SHARDS
        ),
        outcomes=collect(
            "results/shards/preparation/{shard}.outcomes.parquet", shard=SHARDS
        ),
        planned_states="results/units/preparation/states.parquet",
    output:
        values="results/preparation.parquet",
        states="results/preparation_states.parquet",
    log:
        "logs/gather_preparation.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
        shards=SITE.shards,
    shell:
        "drepano gather preparation --study {input.study:q} --shards {params.shards}"
        " --store results/parts/preparation --folder results/shards/preparation"
        " --planned-states {input.planned_states:q} --values {output.values:q}"
        " --states {output.states:q} --failures results/preparation_failures.tsv 2> {log:q}"

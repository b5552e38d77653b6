"""Imaging: one long table of the features of every region."""


rule plan_imaging:
    """Pair each scan with its regions; one unit per scan, spread over the shards."""
    input:
        study=SITE.study,
        tables=["results/index/subjects.parquet", "results/index/bids_files.parquet"],
        beside=beside_scans,
    output:
        units=collect("results/units/imaging/{shard}.parquet", shard=SHARDS),
        states="results/units/imaging/states.parquet",
        columns="results/columns/imaging.parquet",
    log:
        "logs/plan_imaging.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
        folder=subpath(output.states, parent=True),
        shards=SITE.shards,
    shell:
        "drepano plan-imaging {input.tables:q} {input.beside:q} --study {input.study:q}"
        " --shards {params.shards} --folder {params.folder:q}"
        " --columns {output.columns:q} 2> {log:q}"


rule extract_imaging:
    """Extract the features of a shard's scans on all ranks.

    A unit that fails is a row, and stops no other.  Finished units lie outside the
    declared outputs, so a job that was killed goes on where it stopped.
    """
    input:
        site=SITE_FILE,
        study=SITE.study,
        units="results/units/imaging/{shard}.parquet",
    output:
        values="results/shards/imaging/{shard}.values.parquet",
        states="results/shards/imaging/{shard}.states.parquet",
        outcomes="results/shards/imaging/{shard}.outcomes.parquet",
    log:
        "logs/extract_imaging/{shard}.log",
    benchmark:
        "logs/benchmarks/extract_imaging/{shard}.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    threads: 1
    resources:
        mpi="mpiexec",
        tasks=1,
        mem_mb=doubling(4000),
    params:
        basis=basis("site", "study"),
        launcher=launcher,
        shards=SITE.shards,
        time_limit=SITE.unit_time_limit_s,
    shell:
        "{params.launcher} -m drepano compute imaging --ranks {resources.tasks} --site {input.site:q}"
        " --study {input.study:q} --units {input.units:q}"
        " --shard {wildcards.shard} --shards {params.shards}"
        " --store results/parts/imaging --time-limit {params.time_limit}"
        " --values {output.values:q} --states {output.states:q}"
        " --outcomes {output.outcomes:q} 2> {log:q}"


rule gather_imaging:
    """Join the shards in an order that no shard or rank can change.

    Fails when more than the study's `max_failed_fraction` of the units failed; the
    failures are written all the same.
    """
    input:
        study=SITE.study,
        values=collect("results/shards/imaging/{shard}.values.parquet", shard=SHARDS),
        states=collect("results/shards/imaging/{shard}.states.parquet", shard=SHARDS),
        outcomes=collect(
            "results/shards/imaging/{shard}.outcomes.parquet", shard=SHARDS
        ),
        planned_states="results/units/imaging/states.parquet",
    output:
        values="results/imaging.parquet",
        states="results/imaging_states.parquet",
    log:
        "logs/gather_imaging.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
        shards=SITE.shards,
    shell:
        "drepano gather imaging --study {input.study:q} --shards {params.shards}"
        " --store results/parts/imaging --folder results/shards/imaging"
        " --planned-states {input.planned_states:q} --values {output.values:q}"
        " --states {output.states:q} --failures results/imaging_failures.tsv 2> {log:q}"

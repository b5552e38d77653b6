"""Genomics: one long table of the dosages of every panel variant."""


rule plan_genomics:
    """Assign the panel's variants to the VCFs that hold them; one unit per VCF."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        subjects="results/index/subjects.parquet",
        files="results/index/genome_files.parquet",
        samples="results/index/genome_samples.parquet",
        panels=panel_files,
    output:
        units=collect("results/units/genomics/{shard}.parquet", shard=SHARDS),
        states="results/units/genomics/states.parquet",
        columns="results/columns/genomics.parquet",
    log:
        "logs/plan_genomics.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site", "study", "panels"),
        folder=subpath(output.states, parent=True),
        shards=SITE.shards,
    shell:
        "drepano plan-genomics --site {input.site:q} --study {input.study:q}"
        " --subjects {input.subjects:q} --files {input.files:q} --samples {input.samples:q}"
        " --shards {params.shards} --folder {params.folder:q}"
        " --columns {output.columns:q} 2> {log:q}"


rule call_genomics:
    """Read the genotypes of a shard's VCFs on all ranks.

    A unit that fails is a row, and stops no other.  Finished units lie outside the
    declared outputs, so a job that was killed goes on where it stopped.
    """
    input:
        site=SITE_FILE,
        study=SITE.study,
        units="results/units/genomics/{shard}.parquet",
        panels=panel_files,
    output:
        values="results/shards/genomics/{shard}.values.parquet",
        states="results/shards/genomics/{shard}.states.parquet",
        outcomes="results/shards/genomics/{shard}.outcomes.parquet",
    log:
        "logs/call_genomics/{shard}.log",
    benchmark:
        "logs/benchmarks/call_genomics/{shard}.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    threads: 1
    resources:
        mpi="mpiexec",
        tasks=1,
        mem_mb=doubling(2000),
    params:
        basis=basis("site", "study", "panels"),
        launcher=launcher,
        shards=SITE.shards,
        time_limit=SITE.unit_time_limit_s,
    shell:
        "{params.launcher} -m drepano compute genomics --ranks {resources.tasks} --site {input.site:q}"
        " --study {input.study:q} --units {input.units:q}"
        " --shard {wildcards.shard} --shards {params.shards}"
        " --store results/parts/genomics --time-limit {params.time_limit}"
        " --values {output.values:q} --states {output.states:q}"
        " --outcomes {output.outcomes:q} 2> {log:q}"


rule gather_genomics:
    """Join the shards in an order that no shard or rank can change.

    Fails when more than the study's `max_failed_fraction` of the units failed; the
    failures are written all the same.
    """
    input:
        study=SITE.study,
        values=collect("results/shards/genomics/{shard}.values.parquet", shard=SHARDS),
        states=collect("results/shards/genomics/{shard}.states.parquet", shard=SHARDS),
        outcomes=collect(
            "results/shards/genomics/{shard}.outcomes.parquet", shard=SHARDS
        ),
        planned_states="results/units/genomics/states.parquet",
    output:
        values="results/genomics.parquet",
        states="results/genomics_states.parquet",
    log:
        "logs/gather_genomics.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
        shards=SITE.shards,
    shell:
        "drepano gather genomics --study {input.study:q} --shards {params.shards}"
        " --store results/parts/genomics --folder results/shards/genomics"
        " --planned-states {input.planned_states:q} --values {output.values:q}"
        " --states {output.states:q} --failures results/genomics_failures.tsv 2> {log:q}"

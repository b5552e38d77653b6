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


rule plan_scan:
    """Cut the VCFs into pieces to pass over, for scores, burdens, ancestry, sample quality."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        tables=[
            "results/index/subjects.parquet",
            "results/index/genome_files.parquet",
            "results/index/genome_samples.parquet",
        ],
        shared=genomics_files,
    output:
        units=collect("results/units/scan/{shard}.parquet", shard=SHARDS),
        states="results/units/scan/states.parquet",
    log:
        "logs/plan_scan.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site", "study", "genomics"),
        folder=subpath(output.states, parent=True),
        shards=SITE.shards,
    shell:
        "drepano plan-scan {input.tables:q} --site {input.site:q} --study {input.study:q}"
        " --shards {params.shards} --folder {params.folder:q} 2> {log:q}"


rule scan_genomes:
    """Pass over a shard's pieces on all ranks; sums are exact, so no order changes them."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        units="results/units/scan/{shard}.parquet",
        shared=genomics_files,
    output:
        values="results/shards/scan/{shard}.values.parquet",
        states="results/shards/scan/{shard}.states.parquet",
        outcomes="results/shards/scan/{shard}.outcomes.parquet",
    log:
        "logs/scan_genomes/{shard}.log",
    benchmark:
        "logs/benchmarks/scan_genomes/{shard}.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    threads: 1
    resources:
        mpi="mpiexec",
        tasks=1,
        mem_mb=doubling(2000),
    params:
        basis=basis("site", "study", "genomics"),
        launcher=launcher,
        shards=SITE.shards,
        time_limit=SITE.unit_time_limit_s,
    shell:
        "{params.launcher} -m drepano compute scan --ranks {resources.tasks} --site {input.site:q}"
        " --study {input.study:q} --units {input.units:q}"
        " --shard {wildcards.shard} --shards {params.shards}"
        " --store results/parts/scan --time-limit {params.time_limit}"
        " --values {output.values:q} --states {output.states:q}"
        " --outcomes {output.outcomes:q} 2> {log:q}"


rule gather_scan:
    """Add up the sums of all pieces.

    Fails when more than the study's `max_failed_fraction` of the pieces failed; the
    failures are written all the same.
    """
    input:
        study=SITE.study,
        values=collect("results/shards/scan/{shard}.values.parquet", shard=SHARDS),
        states=collect("results/shards/scan/{shard}.states.parquet", shard=SHARDS),
        outcomes=collect("results/shards/scan/{shard}.outcomes.parquet", shard=SHARDS),
        planned_states="results/units/scan/states.parquet",
    output:
        values="results/scan.parquet",
        states="results/scan_states.parquet",
    log:
        "logs/gather_scan.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("study"),
        shards=SITE.shards,
    shell:
        "drepano gather scan --study {input.study:q} --shards {params.shards}"
        " --store results/parts/scan --folder results/shards/scan"
        " --planned-states {input.planned_states:q} --values {output.values:q}"
        " --states {output.states:q} --failures results/scan_failures.tsv 2> {log:q}"


rule interpret_genomics:
    """Conclude haemoglobin genotype, scores, burdens, ancestry and sample quality."""
    input:
        site=SITE_FILE,
        study=SITE.study,
        subjects="results/index/subjects.parquet",
        calls="results/genomics.parquet",
        call_states="results/genomics_states.parquet",
        sums=sums,
        beside=beside_calls,
        shared=genomics_files,
    output:
        values="results/interpretation.parquet",
        states="results/interpretation_states.parquet",
        columns="results/columns/interpretation.parquet",
        score_matches="results/score_matches.tsv",
    log:
        "logs/interpret_genomics.log",
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site", "study", "panels", "genomics"),
    shell:
        "drepano interpret-genomics {input.subjects:q} {input.beside:q} {input.sums:q}"
        " --site {input.site:q} --study {input.study:q} --calls {input.calls:q}"
        " --call-states {input.call_states:q}"
        " --values {output.values:q} --states {output.states:q}"
        " --columns {output.columns:q}"
        " --score-matches {output.score_matches:q} 2> {log:q}"

"""Index: what is there, and what is wrong with it."""


rule index_inputs:
    """List the site's scans, regions, VCF samples and clinical rows, headers only.

    Every problem of every file is a row of `problems.tsv`; none stops the others.
    Files whose size and time did not change are not read again.
    """
    input:
        site=SITE_FILE,
    output:
        subjects="results/index/subjects.parquet",
        bids_files="results/index/bids_files.parquet",
        genome_files="results/index/genome_files.parquet",
        genome_samples="results/index/genome_samples.parquet",
        problems="results/index/problems.tsv",
    log:
        "logs/index_inputs.log",
    benchmark:
        "logs/benchmarks/index_inputs.tsv"
    conda:
        "../workflow/envs/drepano.yaml"
    params:
        basis=basis("site"),
        folder=subpath(output.subjects, parent=True),
        inventory=inventory,
    shell:
        "drepano index --site {input.site:q} --folder {params.folder:q}"
        " --kept results/kept/fingerprints.parquet 2> {log:q}"

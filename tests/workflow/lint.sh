#!/usr/bin/env bash
# Snakemake's own linter needs a site to read: an empty one, in a folder of its own.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p bids config
cp "$root/config/study.yaml" config/
printf 'site: lint\nstudy: config/study.yaml\nkey_file: key\nimaging: {bids: bids}\n' > config/site.yaml
snakemake --snakefile "$root/Snakefile" --configfile config/site.yaml --lint

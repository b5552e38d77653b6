"""A synthetic cohort through the whole workflow, held against its truth."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from drepano.release import pseudonym, read_key, verify

pytestmark = pytest.mark.workflow

NO_IMAGE_STATES = {"not_acquired", "failed"}


@pytest.fixture(scope="module")
def site(finished) -> Path:
    folder, done = finished
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def latest(site) -> Path:
    return site / "releases" / "demo" / "latest"


@pytest.fixture(scope="module")
def names(site) -> dict[str, str]:
    """Subject to pseudonym."""
    key = read_key(site / "config" / "pseudonym.key")
    subjects = truth(site, "subjects")["subject"]
    return {s: pseudonym(key, "demo", s) for s in subjects}


def truth(site: Path, table: str) -> pd.DataFrame:
    path = site / "truth" / f"{table}.tsv"
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def matrix(latest) -> pd.DataFrame:
    return pd.read_parquet(latest / "matrix.parquet").set_index(["subject", "session"])


@pytest.fixture(scope="module")
def states(latest) -> dict[tuple[str, int, str], tuple[str, str]]:
    table = pd.read_parquet(latest / "states.parquet")
    keys = zip(table["subject"], table["session"], table["source"], strict=True)
    values = zip(table["state"], table["reason"], strict=True)
    return dict(zip(keys, values, strict=True))


def rows_of(subjects: pd.DataFrame, names: dict[str, str]) -> dict[tuple[str, str], tuple]:
    """(subject, session label) to (pseudonym, session rank)."""
    rows = {}
    for subject, sessions in zip(subjects["subject"], subjects["sessions"], strict=True):
        labels = sorted(sessions.split(","))
        rows |= {(subject, x): (names[subject], i) for i, x in enumerate(labels, start=1)}
    return rows


@pytest.fixture(scope="module")
def rows(site, names) -> dict[tuple[str, str], tuple]:
    return rows_of(truth(site, "subjects"), names)


def test_no_row_is_lost_or_doubled(matrix, rows):
    assert matrix.index.is_unique
    assert set(matrix.index) == set(rows.values())


def test_volumes_and_lesion_counts_are_the_true_ones(site, matrix, rows):
    table = truth(site, "imaging")
    compared = 0
    for row in table.to_dict("records"):
        key = rows[row["subject"], row["session"]]
        volume = matrix.loc[key, f"{row['source']}__volume_mm3"]
        if row["state"] != "measured":
            assert pd.isna(volume), row
            continue
        assert volume == pytest.approx(float(row["volume_mm3"]), rel=1e-9), row
        compared += 1
        if row["component_count"]:
            assert matrix.loc[key, f"{row['source']}__component_count"] == int(
                row["component_count"]
            )
    assert compared > 80


def test_no_lesion_is_zero_and_not_scanned_is_null(site, matrix, rows):
    table = truth(site, "imaging").set_index(["subject", "session"])
    lesions = table[table["source"] == "flair__lesion"]
    zeros = lesions[lesions["voxels"] == "0"].index
    missing = lesions[lesions["reason"] == "no_scan"].index
    assert len(zeros) > 0
    assert len(missing) > 0
    column = "flair__lesion__volume_mm3"
    assert all(matrix.loc[rows[key], column] == 0.0 for key in zeros)
    assert all(pd.isna(matrix.loc[rows[key], column]) for key in missing)


def test_every_imaging_state_is_the_true_one(site, states, rows):
    for row in truth(site, "imaging").to_dict("records"):
        pseudonym_, rank = rows[row["subject"], row["session"]]
        found = states[pseudonym_, rank, row["source"]]
        assert found == (row["radiomics_state"], row["radiomics_reason"]), row


def test_dosages_ploidies_and_their_states_are_the_true_ones(site, matrix, states, rows):
    table = truth(site, "genotypes").to_dict("records")
    assert {row["state"] for row in table} >= {"measured", "no_call", "not_covered", "not_acquired"}
    sessions = pd.Series([k[1] for k in rows], index=[k[0] for k in rows])
    for row in table:
        for session in sessions[[row["subject"]]]:
            key = rows[row["subject"], session]
            dosage = matrix.loc[key, f"gen__{row['variant']}__dosage"]
            if row["state"] == "measured":
                assert dosage == float(row["dosage"]), row
                ploidy = matrix.loc[key].get(f"gen__{row['variant']}__ploidy")
                assert ploidy is None or ploidy == float(row["ploidy"]), row
            else:
                assert pd.isna(dosage), row
            assert states[*key, f"gen__{row['variant']}"] == (row["state"], row["reason"]), row


NAMES = {"HbS/codon6": "HbS/beta0"}
NOT_EXCLUDED = ("indeterminate", "second_allele_not_excluded")


def test_haemoglobin_genotypes_are_the_true_ones(site, matrix, states, rows):
    """A panel excludes no second allele, so that nobody is HbAS or HbAA by it."""
    seen = set()
    for person in truth(site, "subjects").to_dict("records"):
        for key in [key for (subject, _), key in rows.items() if subject == person["subject"]]:
            state = states[*key, "gen__haemoglobin"]
            found = matrix.loc[key, "gen__haemoglobin__genotype"]
            seen.add(person["genotype"])
            if not person["sample"]:
                assert state == ("not_acquired", "no_sample")
            elif person["genotype"] in {"HbAS", "HbAA"}:
                assert state == NOT_EXCLUDED
            else:
                assert found == NAMES.get(person["genotype"], person["genotype"]), person
                registry = person["registry_genotype"]
                conflict = matrix.loc[key, "gen__haemoglobin__conflict"]
                assert pd.isna(conflict) if not registry else conflict == (registry != found)
    assert {"HbSS", "HbSC", "HbS/codon6", "HbS/beta+", "HbAS", "HbAA"} <= seen


def haplotypes(site) -> dict[tuple[str, str], list[str]]:
    """Subject and gene to its haplotypes."""
    table = truth(site, "haplotypes")
    grouped = table.groupby(["subject", "gene"])["haplotype"]
    return {key: list(names) for key, names in grouped}


def test_apol1_and_g6pd_are_the_true_ones(site, matrix, rows):
    known = haplotypes(site)
    compared = {"apol1": 0, "g6pd": 0}
    for (subject, _), key in rows.items():
        for gene in compared:
            found = matrix.loc[key, f"gen__{gene}__genotype"]
            if not pd.isna(found):
                assert sorted(found.split("/")) == sorted(known[subject, gene])
                compared[gene] += 1
        risk = matrix.loc[key, "gen__apol1__risk_alleles"]
        if not pd.isna(risk):
            assert risk == sum(name != "G0" for name in known[subject, "apol1"])
        status = matrix.loc[key, "gen__g6pd__class"]
        if not pd.isna(status):
            deficient = [name == "A-" for name in known[subject, "g6pd"]]
            assert status == (
                "deficient" if all(deficient) else "variable" if any(deficient) else "normal"
            )
    assert min(compared.values()) > 5


def test_beta_haplotypes_of_s_chromosomes_are_among_the_true_ones(site, matrix, rows):
    known = haplotypes(site)
    compared = 0
    for (subject, _), key in rows.items():
        if pd.isna(matrix.loc[key, "gen__beta_haplotype__ben"]):
            continue
        names = ("ben", "sen", "car", "cam", "ai", "unk")
        counts = {n: int(matrix.loc[key, f"gen__beta_haplotype__{n}"]) for n in names}
        true = [name.lower() for name in known[subject, "beta"]]
        assert counts["unk"] == 0
        assert all(true.count(name) >= count for name, count in counts.items())
        assert sum(counts.values()) == matrix.loc[key, "gen__beta_haplotype__s_chromosomes"]
        compared += 1
    assert compared > 2


MAKANI = {
    "bcl11a_rs11886868": -0.406,
    "bcl11a_rs4671393": (2, 0.412),  # the weight is that of G; the panel counts A
    "hbs1l_myb_rs9376090": 0.471,
    "hbs1l_myb_rs9399137": 0.668,
    "hbs1l_myb_rs9389269": 0.400,
    "hbs1l_myb_rs9402686": 0.342,
    "hbs1l_myb_rs9494142": 0.085,
    "hbg2_rs7482144": 0.562,
}


def test_the_score_is_the_sum_of_the_published_weights(site, matrix, states, rows):
    """Weights of Makani 2011, table 2; null if one of the eight variants is missing."""
    table = truth(site, "genotypes")
    called = table[table["state"] == "measured"]
    dosages = {(r.subject, r.variant): float(r.dosage) for r in called.itertuples()}
    compared = 0
    for (subject, _), key in rows.items():
        parts = [
            weight * dosages[subject, variant]
            if isinstance(weight, float)
            else -weight[1] * (weight[0] - dosages[subject, variant])
            for variant, weight in MAKANI.items()
            if (subject, variant) in dosages
        ]
        found = matrix.loc[key, "score__hbf__sum"]
        if len(parts) == len(MAKANI):
            assert found == pytest.approx(sum(parts), abs=1e-12)
            compared += 1
        else:
            assert pd.isna(found)
            source = states.get((*key, "score__hbf__sum"), states[*key, "score__hbf"])
            assert source[0] in {"not_covered", "not_acquired"}
    assert compared > 5


def test_clinical_values_and_their_states_are_the_true_ones(site, matrix, states, rows):
    booleans = {"1": True, "0": False}
    for row in truth(site, "clinical").to_dict("records"):
        for (subject, _), key in rows.items():
            if subject != row["subject"]:
                continue
            found = matrix.loc[key, f"clin__{row['concept']}"]
            if row["state"] != "measured":
                assert pd.isna(found), row
            elif isinstance(found, float):
                assert found == pytest.approx(float(row["value"]), rel=1e-12), row
            else:
                assert found == booleans.get(row["value"], row["value"]), row
            expected = (row["state"], row["reason"])
            assert states[*key, f"clin__{row['concept']}"] == expected, row


def test_every_null_has_a_state_that_says_why(latest, matrix, states):
    fields = json.loads((latest / "dictionary.json").read_text())["fields"]
    sources = {field["name"]: field.get("stateSource", "") for field in fields}
    for column in matrix.columns:
        for key, null in matrix[column].isna().items():
            own = states.get((*key, column))
            state, _ = own or states[*key, sources[column]]
            assert null == (state != "measured"), (column, state)


def test_dictionary_and_matrix_have_the_same_columns_in_the_same_order(latest, matrix):
    fields = json.loads((latest / "dictionary.json").read_text())["fields"]
    assert [field["name"] for field in fields] == ["subject", "session", *matrix.columns]
    assert all(len(name.split("__")) in (2, 3) for name in matrix.columns)


def test_csv_and_parquet_say_the_same(latest, matrix):
    text = pd.read_csv(latest / "matrix.csv.gz", dtype={"subject": str})
    text = text.set_index(["subject", "session"])
    numbers = matrix.select_dtypes("number").columns
    assert text[numbers].astype(float).equals(matrix[numbers].astype(float))
    assert list(text.columns) == list(matrix.columns)


def test_release_is_intact_and_the_latest_leads_to_it(latest):
    assert verify(latest) == []
    assert sorted(p.name for p in latest.iterdir()) == [
        "dictionary.json",
        "manifest.json",
        "matrix.csv.gz",
        "matrix.parquet",
        "quality.json",
        "states.parquet",
    ]


def test_failures_name_what_failed_and_what_to_do(site):
    failures = pd.read_csv(site / "results" / "imaging_failures.tsv", sep="\t", dtype=str)
    assert set(failures["reason"]) == {"unreadable", "label_absent", "grid_mismatch"}
    assert failures["remedy"].str.len().min() > 10


def secrets_of(site: Path) -> set[str]:
    """What no log may hold: subject and sample names, genotypes, clinical values."""
    samples = set(truth(site, "subjects")["sample"]) - {""}
    subjects = {f"sub-{s}" for s in truth(site, "subjects")["subject"]}
    values = {v for v in truth(site, "clinical")["value"] if len(v) > 4 and v != "false"}
    raw = (site / "clinical" / "clinical.tsv").read_text().split()
    return samples | subjects | values | {v for v in raw if len(v) > 4 and v[:3] != "age"}


def test_logs_hold_no_clinical_value_genotype_date_or_name(site, finished):
    header = (site / "clinical" / "clinical.tsv").read_text().split("\n")[0].split()
    secrets = secrets_of(site) - set(header) | {"HbSS", "HbSC", "0/1", "1/1", "0|1"}
    assert len(secrets) > 50
    texts = {p: p.read_text() for p in (site / "logs").rglob("*.log")}
    texts |= {p: p.read_text() for p in (site / ".snakemake" / "log").iterdir()}
    texts["screen"] = finished[1].stdout + finished[1].stderr
    assert len(texts) > 8
    for name, text in texts.items():
        found = {s for s in secrets if re.search(rf"(?<![\w.]){re.escape(s)}(?![\w.])", text)}
        assert found == set(), name
        assert not re.search(r"\b(19|20)\d\d-\d\d-\d\d\b", text), name


def test_the_end_of_a_run_tells_what_is_there(finished):
    screen = finished[1].stdout
    assert re.search(r"12 subjects", screen)
    assert "releases/demo/latest" in screen
    for word in ("columns", "failed", "measured"):
        assert word in screen


def test_a_second_run_starts_no_job(site, command, latest):
    results = [p for p in (site / "results").rglob("*.parquet") if "check" not in p.parts]
    before = {p: p.stat().st_mtime_ns for p in results}
    release = latest.resolve()
    done = command("run", folder=site)
    assert done.returncode == 0, done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert latest.resolve() == release

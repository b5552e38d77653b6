"""Same seed, same bytes."""

import hashlib

import pytest

from drepano.synthetic import make_cohort

KEY = "config/pseudonym.key"


def digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    names = [p.relative_to(folder).as_posix() for p in files]
    return {
        n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in zip(names, files, strict=True)
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    def make(**changes):
        folder = tmp_path_factory.mktemp("small")
        make_cohort(folder, **{"subjects": 2, "seed": 7, "voxel_mm": 8.0} | changes)
        return digests(folder)

    return make


def test_the_same_seed_gives_the_same_bytes_and_another_key(small):
    first, second = small(), small()
    assert len(first) > 25
    assert first.pop(KEY) != second.pop(KEY)
    assert first == second


def test_another_seed_gives_other_scans_genotypes_and_values(small):
    first, second = small(), small(seed=8)
    images = [n for n in first if n.endswith((".nii.gz", ".vcf.gz", "clinical.tsv"))]
    empty = "bids/derivatives/regions/sub-02/anat/sub-02_space-FLAIR_label-lesion_mask.nii.gz"
    images.remove(empty)  # no lesion of sub-02 at any seed
    assert len(images) >= 12
    assert all(first[name] != second[name] for name in images)


def test_a_subject_stays_the_same_as_others_come(small):
    few, more = small(), small(subjects=3)
    scans = [name for name in few if name.endswith(".nii.gz")]
    assert all(few[name] == more[name] for name in scans)


def test_gzip_headers_hold_no_time_and_no_name(cohort):
    scans = sorted(cohort.rglob("*.nii.gz"))
    assert len(scans) == 24 + 25
    for path in scans:
        head = path.read_bytes()[:10]
        assert head[3] == 0, path
        assert head[4:8] == bytes(4), path

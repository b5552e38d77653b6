"""Pseudonyms: stable, keyed, of one site; ranks and an order that tell nothing."""

import hashlib
import hmac

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drepano.errors import ReleaseError
from drepano.release import pseudonym, pseudonyms

KEYS = st.binary(min_size=32, max_size=32)
# HMAC fills keys up with zero bytes, so keys are compared at one length.
SITES = st.sampled_from(["abuja", "kumasi", "paris"])
SUBJECTS = st.text("aB0", min_size=1, max_size=4)


def test_is_the_hmac_that_the_page_promises():
    message = b"drepano-pseudonym-v1\0abuja\x0001"
    expected = hmac.new(b"k" * 32, message, hashlib.sha256).hexdigest()[:32]
    assert pseudonym(b"k" * 32, "abuja", "01") == expected
    # Written down once: a change here breaks the link between releases of a site.
    assert expected == "dd19f8a44646cb8788f28d06ccd3ece7"


WHO = st.tuples(KEYS, SITES, SUBJECTS)


@given(WHO, WHO)
def test_differs_exactly_when_key_site_or_subject_differ(one, other):
    assert (pseudonym(*one) == pseudonym(*other)) == (one == other)


@pytest.mark.parametrize(
    ("labels", "ordered"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["m12", "m3", "baseline"], ["baseline", "m3", "m12"]),
        (["20210304", "20190102"], ["20190102", "20210304"]),
        (["01", "1", ""], ["", "01", "1"]),
    ],
)
def test_ranks_follow_the_numbers_in_the_labels(labels, ordered):
    assert pseudonyms.ranks_of(labels) == {label: i for i, label in enumerate(ordered, 1)}


LABELS = st.lists(
    st.tuples(SUBJECTS, st.text("a019", max_size=3)), unique=True, min_size=1, max_size=12
)


@given(LABELS)
def test_no_row_is_lost_or_doubled_and_rows_are_sorted_by_pseudonym(keys):
    keys = sorted(keys)
    matrix = pa.table(
        {
            "subject": [s for s, _ in keys],
            "session": [e for _, e in keys],
            "value": list(range(len(keys))),
        }
    )
    disguise = pseudonyms.Disguise.of(matrix, b"k" * 32, "abuja")
    rows = disguise.apply(matrix).to_pylist()
    assert sorted(row["value"] for row in rows) == list(range(len(keys)))
    found = [(row["subject"], row["session"]) for row in rows]
    assert found == sorted(set(found))
    for row in rows:
        subject, session = keys[row["value"]]
        own = [e for s, e in keys if s == subject]
        assert row["subject"] == pseudonym(b"k" * 32, "abuja", subject)
        assert row["session"] == sorted(own, key=pseudonyms.session_order).index(session) + 1


def test_refuses_rows_that_the_matrix_does_not_have():
    matrix = pa.table({"subject": ["a"], "session": ["1"]})
    disguise = pseudonyms.Disguise.of(matrix, b"k" * 32, "abuja")
    with pytest.raises(ReleaseError, match="1 rows of subjects or sessions that the matrix lacks"):
        disguise.apply(pa.table({"subject": ["a"], "session": ["2"]}))


def test_refuses_a_collision(monkeypatch):
    monkeypatch.setattr(pseudonyms, "pseudonym", lambda *_: "0" * 32)
    matrix = pa.table({"subject": ["a", "b"], "session": ["1", "1"]})
    with pytest.raises(ReleaseError, match="1 subjects with the pseudonym of another"):
        pseudonyms.Disguise.of(matrix, b"k" * 32, "abuja")

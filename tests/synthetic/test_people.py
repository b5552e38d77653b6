"""Who is in a cohort, and who lacks what."""

from collections import Counter

import pytest

from drepano.synthetic.roster import PARTS, draw_people

BROKEN = {"truncated_flair", "no_ventricles", "other_grid"}


def test_twelve_subjects_show_every_part_once():
    people = draw_people(12, seed=1)
    assert [person.part for person in people] == list(PARTS)
    assert len(set(PARTS)) == 12
    assert sum(len(person.sessions) == 2 for person in people) == 2
    assert {person.male for person in people} == {True, False}
    assert len({person.sample for person in people}) == 12


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_the_first_twelve_have_the_same_parts_at_any_seed(seed):
    assert [person.part for person in draw_people(12, seed)] == list(PARTS)


@pytest.mark.parametrize("subjects", [1, 2, 5, 9])
def test_a_small_cohort_has_nothing_broken(subjects):
    people = draw_people(subjects, seed=1)
    assert len(people) == subjects
    assert not {person.part for person in people} & BROKEN


def test_more_subjects_repeat_the_parts_in_a_drawn_order():
    people = draw_people(48, seed=1)
    assert Counter(person.part for person in people) == dict.fromkeys(PARTS, 4)
    blocks = [[p.part for p in people[i : i + 12]] for i in range(0, 48, 12)]
    assert len({tuple(block) for block in blocks}) == 4
    assert draw_people(48, seed=1) == people
    assert draw_people(48, seed=2) != people


def test_labels_are_wide_enough_to_sort():
    assert [person.label for person in draw_people(2, 1)] == ["01", "02"]
    labels = [person.label for person in draw_people(120, 1)]
    assert labels[0] == "001"
    assert labels == sorted(labels)

"""A long list read by two processes gives the very columns that one gives; a second process that ends is told."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from comity.errors import OwnFault
from comity.matching.screening.building import build_columns
from comity.matching.subject import Subject, listed_subjects, subject_of
from comity.node.indexing import AHEAD, CHUNK, TWO_FROM, build_in_two, build_list

Tree = dict[str, Any]
GIVEN = ("Ilka", "Brenna", "Весна", "سمير", "יונת", "姚林生", "민서", "Jorun")
FAMILY = ("Varnholt", "Торханова", "الخروف", "Brenholm", "O'Fallorin", "van der Elst")


def tree(number: int) -> Tree:
    name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // 7 % len(FAMILY)]} {number % 1999}"
    properties = {"name": [name], "birthDate": [f"{1940 + number % 60}-03-0{1 + number % 9}"]}
    if number % 5 == 0:
        properties |= {"weakAlias": [f"Redling {number % 313}"], "passportNumber": [f"QM4471{number:07d}"]}
    return {"id": f"p-{number * 7919 % 100_003:06d}", "schema": "Person", "properties": properties}


def ends(one: Tree) -> Subject:
    if os.getpid() != one["parent"]:
        os._exit(3)
    return subject_of(one)


@pytest.mark.parametrize("count", [0, 10, CHUNK * AHEAD + 3 * CHUNK + 17])
def test_two_processes_give_the_columns_that_one_gives(count: int) -> None:
    expected = build_columns(subject_of(tree(n)) for n in range(count)).to_arrays()
    found = build_in_two(map(tree, range(count)), subject_of).to_arrays()
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert np.array_equal(found[name], array), name


def test_a_long_list_is_made_in_two_processes_and_its_columns_are_the_same() -> None:
    trees = [tree(n) for n in range(CHUNK * (AHEAD + 1))]
    trees += [
        {"id": f"w-{n}", "schema": "Passport", "properties": {"holder": [trees[n]["id"]], "number": [f"KP{n:06d}"]}}
        for n in range(0, len(trees), 9)
    ]
    expected = build_columns(listed_subjects(trees)).to_arrays()
    for entities in (TWO_FROM - 1, TWO_FROM):
        found = build_list(iter(trees), entities).to_arrays()
        assert found.keys() == expected.keys()
        for name, array in expected.items():
            assert np.array_equal(found[name], array), name


def test_a_second_process_that_ends_is_told() -> None:
    trees = ({**tree(n), "parent": os.getpid()} for n in range(CHUNK * (AHEAD + 2)))
    with pytest.raises(OwnFault, match="ended before it was done"):
        build_in_two(trees, ends)

"""A long list read by two processes gives the very columns that one gives; a second process that ends is told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest

from comity.errors import OwnFault
from comity.matching.screening.building import build_columns
from comity.matching.screening.columns import Columns
from comity.matching.subject import listed_subjects
from comity.node.indexing import CHUNK, TWO_FROM, build_in_two, build_list

Tree = dict[str, Any]
GIVEN = ("Ilka", "Brenna", "Весна", "سمير", "יונת", "姚林生", "민서", "Jorun")
FAMILY = ("Varnholt", "Торханова", "الخروف", "Brenholm", "O'Fallorin", "van der Elst")


def tree(number: int) -> Tree:
    name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // 7 % len(FAMILY)]} {number % 1999}"
    properties = {"name": [name], "birthDate": [f"{1940 + number % 60}-03-0{1 + number % 9}"]}
    if number % 5 == 0:
        properties |= {"weakAlias": [f"Redling {number % 313}"], "passportNumber": [f"QM4471{number:07d}"]}
    return {"id": f"p-{number * 7919 % 100_003:06d}", "schema": "Person", "properties": properties}


def lines(count: int) -> Iterator[bytes]:
    return (msgspec.json.encode(tree(n)) for n in range(count))


def with_papers(count: int) -> Iterator[bytes]:
    for n in range(count):
        if n % 9 == 0:
            held = {"holder": [tree(n)["id"]], "number": [f"KP{n:06d}"]}
            yield msgspec.json.encode({"id": f"w-{n}", "schema": "Passport", "properties": held})
        yield msgspec.json.encode(tree(n))


def ends(parent: int) -> Iterator[bytes]:
    if os.getpid() != parent:
        os._exit(3)
    return lines(CHUNK * 3)


def expect_equal(found: Columns, trees: Iterable[Tree]) -> None:
    expected = build_columns(listed_subjects(trees)).to_arrays()
    arrays = found.to_arrays()
    assert arrays.keys() == expected.keys()
    for name, array in expected.items():
        assert np.array_equal(arrays[name], array), name


@pytest.mark.parametrize("count", [0, 10, CHUNK * 5 + 17])
def test_two_processes_give_the_columns_that_one_gives(count: int) -> None:
    expect_equal(build_in_two(partial(lines, count)), map(tree, range(count)))


@pytest.mark.parametrize("entities", [TWO_FROM - 1, TWO_FROM])
def test_papers_before_their_holders_are_folded_into_them_by_one_process_and_by_two(entities: int) -> None:
    count = CHUNK * 3
    found = build_list(partial(with_papers, count), entities)
    expect_equal(found, map(msgspec.json.decode, with_papers(count)))
    assert found.count == count


def test_a_second_process_that_ends_is_told() -> None:
    with pytest.raises(OwnFault, match="ended before it was done"):
        build_in_two(partial(ends, os.getpid()))

"""Judged pairs as people have them: names or entities, CSV or JSON lines, every defect at once."""

from __future__ import annotations

import json

import pytest

from comity.errors import InputRefused
from comity.formats.judged_pairs import read_judged_pairs

LEFT = {"id": "a", "schema": "Company", "properties": {"name": ["Acme Ltd"]}}
RIGHT = {"id": "b", "schema": "Company", "properties": {"name": "ACME Limited"}}


def test_two_names_a_row_with_their_schema_and_label() -> None:
    data = (
        b"schema,name1,name2,is_match,quality,notes\nCompany,Acme,ACME,true,STRONG,x\n,Ann,Bob,false,,\n,A,B,unsure,,\n"
    )
    found = read_judged_pairs("pairs.csv", data)
    assert found.unsure == 1
    assert [(p.left["schema"], p.is_same, p.label) for p in found.pairs] == [
        ("Company", True, "STRONG"),
        ("Person", False, ""),
    ]
    assert found.pairs[0].right["properties"] == {"name": ["ACME"]}


def test_two_entities_a_row_or_a_line() -> None:
    line = json.dumps({"left": LEFT, "right": RIGHT, "judgement": "positive"}).encode()
    row = f'left;right;judgement\n"{json.dumps(LEFT).replace(chr(34), chr(34) * 2)}";Acme;not_same\n'.encode()
    assert read_judged_pairs("p.jsonl", line + b"\n").pairs[0].right["properties"] == {"name": ["ACME Limited"]}
    (pair,) = read_judged_pairs("p.csv", row).pairs
    assert (pair.left["schema"], pair.right["schema"], pair.is_same) == ("Company", "Person", False)


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (b"", ["pairs.columns"]),
        (b"name1,name2\na,b\n", ["pairs.columns"]),
        (
            b"name1,name2,is_match\n,b,perhaps\nc,,true\n",
            ["pairs.judgement", "pairs.side", "pairs.side"],
        ),
        (b'{"left": {}, "right": "x", "judgement": "same"}\n{nonsense\n', ["pairs.side", "pairs.json"]),
        (b'name1,name2,is_match\n"a,b,true\n', ["pairs.quotes"]),
        (b"name1,name2,is_match\n\xff,b,true\n", ["text.encoding"]),
        (b"name1,name2,is_match\n", ["pairs.empty"]),
    ],
)
def test_every_defect_is_named_at_once(data: bytes, rules: list[str]) -> None:
    with pytest.raises(InputRefused) as refusal:
        read_judged_pairs("pairs.csv", data)
    assert [defect.rule for defect in refusal.value.defects] == rules

"""Answers to carriers: every defect with its place, addressed back, and never a word about anybody on the list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.errors import InputRefused
from comity.formats import paxlst, pnrgov
from comity.formats.cusres import Told, answer_to, answer_to_unreadable, read_answer, told, write_answer
from comity.formats.edifact import segments
from comity.formats.manifest import Flight, Interchange
from comity.formats.pnr_exchange import (
    Request,
    acknowledge,
    read_acknowledgement,
    read_request,
    write_acknowledgement,
    write_request,
)

NOW = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)
LIST = next(iter(paxlst.FORMAT.example.values()))
PUSH = next(iter(pnrgov.FORMAT.example.values()))


@pytest.mark.data
def test_every_real_message_is_answered_with_every_defect(data_dir: Path) -> None:
    for path in sorted((data_dir / "04_border/gtas").iterdir()):
        reader = paxlst if path.name.startswith(("apis", "tamr")) else pnrgov
        if not path.name.startswith(("apis", "tamr", "pnr-")):
            continue
        for manifest in reader.read({path.name: path.read_bytes()}, NOW).manifests:
            expected = told(manifest.filing_defects)
            if reader is paxlst:
                answer = read_answer("a", answer_to(manifest, NOW, "1"))
                assert (answer.accepted, answer.defects) == (len(expected) == 0, expected), path.name
                assert answer.interchange == manifest.interchange.reference
            else:
                taken = read_acknowledgement("a", acknowledge(manifest, NOW))
                assert (taken.taken, taken.defects) == (len(expected) == 0, expected), path.name
                assert taken.reference == manifest.reference


def test_a_good_list_is_accepted_by_name_of_its_message() -> None:
    (manifest,) = paxlst.read({"f": LIST}, NOW).manifests
    data = answer_to(manifest, NOW, "5")
    answer = read_answer("a", data)
    assert (answer.accepted, answer.reference, answer.flight, answer.defects) == (True, "M1", "AV210", ())
    (head, *_), _ = segments("a", data)
    assert (head.get(2), head.get(3)) == ("QMBORDER", "ARVAIR")
    assert b"LUKIC" not in data


def test_a_file_that_cannot_be_read_is_answered_too() -> None:
    with pytest.raises(InputRefused) as refused:
        paxlst.read({"f.edi": b"UNB+UNOA:4'"}, NOW)
    answer = read_answer("a", answer_to_unreadable(refused.value, NOW, "1"))
    assert not answer.accepted
    assert [one.rule for one in answer.defects] == ["paxlst.none"]


words = st.text("ABC abc'+:?0-9ä", min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)


@given(st.lists(st.builds(Told, words, words, words), max_size=5), words, words)
def test_what_is_written_is_read_back(defects: list[Told], reference: str, control: str) -> None:
    sent = Interchange("AV", "QM", control)
    answer = read_answer("a", write_answer(reference, sent, Flight("AV1", "AV"), defects, NOW, "1"))
    assert (answer.reference, answer.interchange, answer.defects) == (reference, control, tuple(defects))
    taken = read_acknowledgement("a", write_acknowledgement(reference, sent, defects, NOW))
    assert (taken.reference, taken.taken, taken.defects) == (reference, len(defects) == 0, tuple(defects))


@pytest.mark.parametrize("locator", ["", "QX7PLM"])
def test_a_request_is_read_back(locator: str) -> None:
    request = Request("AV", "210", "2026-08-01", "ZRH", "ARN", locator)
    assert read_request("r", write_request(request, Interchange("QMPIU", "AV", "7"), NOW)) == request


def test_a_request_for_nothing_is_refused_with_everything_missing() -> None:
    with pytest.raises(InputRefused) as refused:
        write_request(Request("", "", "", "", ""), Interchange("QMPIU", "AV"), NOW)
    assert [defect.field for defect in refused.value.defects] == ["carrier", "number", "departs"]


@pytest.mark.parametrize("read", [read_answer, read_request, read_acknowledgement])
def test_another_message_is_refused(read: object) -> None:
    assert callable(read)
    with pytest.raises(InputRefused):
        read("f", LIST)

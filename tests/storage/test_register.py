"""The register of documents: never a false silence, whatever is added, recalled, merged, opened anew or killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.errors import OwnFault
from comity.model.travel_document import Document, blank_range, document_key, plain_number
from comity.storage import register
from comity.storage.register import Entry, Register

SECRET = b"s" * 32
NUMBERS = st.text("ABO0123456789", min_size=1, max_size=9)
DOCUMENTS = st.builds(Document, st.sampled_from("PIV"), st.sampled_from(["qm", "qn"]), NUMBERS)
ENTRIES = st.builds(Entry, st.sampled_from(["stolen", "lost", "revoked"]), st.integers(0, 40_000), st.integers(1, 5))


def key(document: Document) -> bytes:
    return document_key(SECRET, document)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.lists(st.tuples(DOCUMENTS, ENTRIES), max_size=30)),
            st.tuples(st.just("erase"), st.sets(st.integers(1, 5), max_size=3)),
            st.tuples(st.just("open"), st.none()),
        ),
        max_size=8,
    ),
    st.lists(DOCUMENTS, max_size=20),
)
def test_a_register_says_exactly_what_it_was_told(tmp_path_factory: pytest.TempPathFactory, steps, others) -> None:
    folder = tmp_path_factory.mktemp("register")
    held, told = Register(folder), {}
    for what, value in steps:
        if what == "add":
            held.add((key(document), entry) for document, entry in value)
            for document, entry in value:
                told.setdefault(key(document), set()).add(entry)
        elif what == "erase":
            gone = sum(1 for some in told.values() for entry in some if entry.batch in value)
            assert held.erase(value) >= gone
            told = {k: {e for e in some if e.batch not in value} for k, some in told.items()}
        else:
            held = Register(folder)
        asked = [*told, *map(key, others)]
        assert [set(some) for some in held.find(asked)] == [told.get(one, set()) for one in asked]
        assert [held.find([one])[0] for one in asked] == held.find(asked)


def test_pieces_and_scans_smaller_than_the_register_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "GATHERED", 1000)
    monkeypatch.setattr(register, "SCANNED", 777)
    documents = [Document("P", "qm", f"AB{n:07d}") for n in range(20_000)]
    held = Register(tmp_path)
    held.add((key(one), Entry("lost", n % 365, n % 7)) for n, one in enumerate(documents))
    assert all(some != () for some in held.find([key(one) for one in documents]))
    assert held.erase([3, 0]) == sum(n % 7 in (0, 3) for n in range(20_000))
    found = Register(tmp_path).find([key(one) for one in documents])
    assert [some == () for some in found] == [n % 7 in (0, 3) for n in range(20_000)]
    assert held.add([]) == sum(n % 7 not in (0, 3) for n in range(20_000))


def test_killed_while_it_merges_it_has_the_rows_from_before_and_adding_again_completes_it(tmp_path: Path) -> None:
    first = [Document("P", "qm", f"A{n:06d}") for n in range(500)]
    Register(tmp_path).add((key(one), Entry("stolen", 1, 1)) for one in first)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from comity.storage import register\n"
        "from comity.model.travel_document import Document, document_key\n"
        "stop, seen = int(sys.argv[2]), [0]\n"
        "for name in ('_sync', '_put', '_merge'):\n"
        "    def wrapped(*args, inner=getattr(register, name)):\n"
        "        seen[0] += 1\n"
        "        if seen[0] == stop: os.kill(os.getpid(), 9)\n"
        "        return inner(*args)\n"
        "    setattr(register, name, wrapped)\n"
        "rows = ((document_key(b's' * 32, Document('P', 'qm', f'B{n:06d}')), register.Entry('lost', 2, 2)) "
        "for n in range(500))\n"
        "register.Register(Path(sys.argv[1])).add(rows)\n"
    )
    second = [Document("P", "qm", f"B{n:06d}") for n in range(500)]
    survived = 0
    for stop in range(1, 12):
        command = [sys.executable, "-c", script, str(tmp_path), str(stop)]
        survived += subprocess.run(command, check=False, env=dict(os.environ)).returncode == 0
        held = Register(tmp_path)
        assert all(some != () for some in held.find([key(one) for one in first]))
        assert len({some != () for some in held.find([key(one) for one in second])}) == 1
    assert survived > 0
    assert all(some == (Entry("lost", 2, 2),) for some in Register(tmp_path).find([key(one) for one in second]))


def test_a_cut_column_is_a_fault_and_never_a_silence(tmp_path: Path) -> None:
    Register(tmp_path).add([(key(Document("P", "qm", "A1")), Entry("lost", 1, 1))])
    column = next(tmp_path.glob("0*/low"))
    column.write_bytes(column.read_bytes()[:-1])
    with pytest.raises(OwnFault) as fault:
        Register(tmp_path)
    assert fault.value.rule == "register.damaged"


def test_no_number_can_be_read_from_the_files(tmp_path: Path) -> None:
    Register(tmp_path).add([(key(Document("P", "qm", "QM4471902")), Entry("lost", 1, 1))])
    assert [path for path in tmp_path.rglob("*") if path.is_file() and b"4471902" in path.read_bytes()] == []


@given(st.text(max_size=30))
def test_a_number_is_the_same_however_it_is_spaced(text: str) -> None:
    plain = plain_number(text)
    assert plain_number(" ".join(plain).lower()) == plain
    spaced = Document("P", "QM", "-".join(plain))
    assert key(spaced) == key(Document("P", "qm", plain))


@given(st.text("AB", max_size=3), st.integers(0, 10**7 - 1), st.integers(0, 10**7 - 1), st.integers(0, 10**7 - 1))
def test_a_range_holds_what_lies_between_and_nothing_else(prefix: str, first: int, last: int, asked: int) -> None:
    found = blank_range("P", "qm", f"{prefix}{first:07d}", f"{prefix}{last:07d}")
    if first > last:
        assert found is None
        return
    assert found is not None
    assert found.holds(Document("P", "QM", f"{prefix} {asked:07d}")) == (first <= asked <= last)
    assert not found.holds(Document("P", "qm", f"{prefix}{asked:08d}"))
    assert not found.holds(Document("P", "qm", f"{prefix}C{asked:07d}"))
    assert not found.holds(Document("I", "qm", f"{prefix}{asked:07d}"))

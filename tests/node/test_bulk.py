"""Screening millions of rows: killed and resumed gives the same bytes, in constant memory, strict as a small file."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_lists_screen import call

from comity.errors import InputRefused
from comity.node import asking, bulk, reference
from comity.node.pool import Asked, spread

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GIVEN = ("Drazen", "Ana", "Petra", "Olaf", "Ilka", "Jorun", "Milan", "Vera")
FAMILY = ("Lukic", "Ruiz", "Novak", "Scholz", "Varnholt", "Kessler", "Marek", "Orban")


def people(path: Path, rows: int, seed: int = 1) -> Path:
    draw = random.Random(seed)
    with path.open("w") as file:
        file.write("id,name,birth_date\n")
        for n in range(rows):
            name = f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}{draw.choice(('', 'a', 'son', 'er'))}"
            born = f"{draw.randint(1950, 2000)}-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}"
            file.write(f"p{n},{name},{draw.choice(('', '', born))}\n")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    lines = [
        {"id": f"L{n}", "schema": "Person", "properties": {"name": [f"{given} {family}"], "birthDate": ["1971-03-12"]}}
        for n, (given, family) in enumerate((g, f) for g in GIVEN[:4] for f in FAMILY[:4])
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    reference.add_list(tmp_path / "home", "demo", {"demo.ftm.json": text.encode()}, NOW)
    return tmp_path


def asked(home: Path, threshold: float = 0.7) -> Asked:
    return Asked(reference.load_lists(home / "home", NOW)[0], threshold, 5)


def screened(home: Path, *paths: Path, workers: int = 1, target: str = "hits.jsonl", form: str = "auto") -> bytes:
    sources, out = bulk.sources_of(paths, form), home / target
    what = asked(home)
    state = bulk.begin(sources, what, out, NOW)
    bulk.run(sources, what, out, state, workers=workers, moved=lambda _: None, now=NOW)
    return out.read_bytes()


def command(home: Path, *words: object) -> list[str]:
    return [sys.executable, "-m", "comity.cli", "--home", str(home / "home"), *(str(word) for word in words)]


def state_of(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):
        return {"done": 0}
    return found


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_bytes(home: Path, workers: int) -> None:
    file = people(home / "people.csv", 40_000)
    whole = screened(home, file, target="whole.jsonl")
    words = ("screen", file, "--out", home / "hits.jsonl", "--workers", workers, "--json")
    kills, seen = 0, 0
    for _ in range(40):
        child = subprocess.Popen(command(home, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None:
            done = state_of(home / "hits.jsonl.state")["done"]
            if done > seen and kills < 3:
                seen, kills = done, kills + 1
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
            time.sleep(0.005)
        if child.returncode >= 0:
            break
    assert child.returncode == 1
    assert kills == 3
    assert (home / "hits.jsonl").read_bytes() == whole
    assert not (home / "hits.jsonl.state").exists()


def test_what_was_written_after_the_last_sync_is_not_doubled(home: Path) -> None:
    file = people(home / "people.csv", 3_000)
    whole = screened(home, file, target="whole.jsonl")
    sources, what, out = bulk.sources_of([file], "csv"), asked(home), home / "hits.jsonl"
    state = bulk.begin(sources, what, out, NOW)
    out.write_bytes(whole[: len(whole) // 3] + b'{"query": "half a li')
    assert bulk.begin(sources, what, out, NOW) == state
    bulk.run(sources, what, out, state, workers=1, moved=lambda _: None, now=NOW)
    assert out.read_bytes() == whole


def test_any_number_of_workers_and_the_small_road_find_the_same(home: Path) -> None:
    file = people(home / "people.csv", 2_000)
    one, two = screened(home, file), screened(home, file, workers=2, target="two.jsonl")
    assert one == two
    ready = asking.prepare_screening(home / "home", {"people.csv": file.read_bytes()}, NOW)
    hits = [hit.to_json() for answer in asking.screen(ready) for hit in answer.hits]
    assert [json.loads(line) for line in one.splitlines()] == hits


def test_packed_files_and_several_files_tell_their_ids_apart(home: Path) -> None:
    first, second = people(home / "a.csv", 50), home / "b.csv.gz"
    second.write_bytes(gzip.compress(first.read_bytes()))
    ids = [json.loads(line)["query"] for line in screened(home, first, second).splitlines()]
    assert {one.partition("#")[0] for one in ids} == {"a.csv", "b.csv.gz"}
    assert len({one for one in ids if one.startswith("a.csv#")}) == len({i for i in ids if i.startswith("b.csv")})


def test_papers_below_their_holder_are_folded_in(home: Path) -> None:
    lines = [
        {"id": "q", "schema": "Person", "properties": {"name": ["Drazen Lukic"]}},
        {"id": "q-doc", "schema": "Passport", "properties": {"holder": ["q"], "number": ["A1234567"]}},
        {"id": "w", "schema": "CryptoWallet", "properties": {"publicKey": ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"]}},
    ]
    path = home / "people.ftm.json"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    sources = bulk.sources_of([path], "auto")
    assert [source.form for source in sources] == ["ftm"]
    assert bulk.begin(sources, asked(home), home / "hits.jsonl", NOW).rows == 2
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (lines[1], lines[0])))
    with pytest.raises(InputRefused) as refusal:
        bulk.begin(bulk.sources_of([path], "auto"), asked(home), home / "other.jsonl", NOW)
    assert [defect.rule for defect in refusal.value.defects] == ["bulk.apart"]


def test_nobody_is_screened_from_a_file_with_defects_and_all_are_named(home: Path) -> None:
    path = home / "bad.csv"
    path.write_bytes(b"id,name,birth_date\np1,Ann,31.12.1970\np2\np1,Bob,\np3,\xff,\n")
    with pytest.raises(InputRefused) as refusal:
        screened(home, path)
    rules = [defect.rule for defect in refusal.value.defects]
    assert rules == ["csv.date", "csv.fields", "text.encoding", "bulk.repeated"]
    assert not (home / "hits.jsonl").exists()


def test_reading_stops_at_a_thousand_defects(home: Path) -> None:
    path = home / "bad.csv"
    path.write_text("id,name\n" + "x\n" * 5_000)
    with pytest.raises(InputRefused) as refusal:
        screened(home, path)
    assert len(refusal.value.defects) == bulk.DEFECTS


def test_another_file_list_or_limit_never_continues_a_result(home: Path) -> None:
    file = people(home / "people.csv", 100)
    sources, out = bulk.sources_of([file], "csv"), home / "hits.jsonl"
    bulk.begin(sources, asked(home), out, NOW)
    with pytest.raises(InputRefused, match="threshold"):
        bulk.begin(sources, asked(home, 0.8), out, NOW)
    people(file, 101)
    with pytest.raises(InputRefused, match="inputs"):
        bulk.begin(sources, asked(home), out, NOW)
    (home / "hits.jsonl.state").write_text("{half")
    with pytest.raises(InputRefused, match="cannot be read"):
        bulk.begin(sources, asked(home), out, NOW)


def test_work_is_taken_only_a_little_ahead() -> None:
    taken = []

    def chunks() -> Any:
        for n in range(1_000):
            taken.append(n)
            yield n

    results = spread(Asked((), 0.7, 5), _double, chunks(), workers=2)
    assert next(results) == 0
    assert len(taken) <= 16
    results.close()  # type: ignore[attr-defined]


def _double(_: Asked, n: int) -> int:
    return 2 * n


def test_the_command_says_what_it_found_and_where(home: Path) -> None:
    file = people(home / "people.csv", 500)
    code, out, _ = call(home, "screen", file, "--out", home / "hits.jsonl")
    hits = len((home / "hits.jsonl").read_text().splitlines())
    assert code == 1
    assert f"and {hits - 20} more in" in out
    assert f"{hits} possible hits for" in out
    code, out, err = call(home, "screen", file, "--out", home / "hits.jsonl", "--json")
    assert (code, out, json.loads(err.splitlines()[-1])["hits"]) == (1, "", hits)

"""`comity match evaluate` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_lists_screen import call

PAIRS = "name1,name2,is_match\nDrazen Lukic,Drazen LUKIC,true\nAna Ruiz,Petra Novak,false\nAna Ruiz,Ana Ruis,false\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "pairs.csv").write_text(PAIRS)
    names = ["Drazen Lukic", *(f"Ana{n} Ruiz{n}" for n in range(19))]
    (tmp_path / "people.csv").write_text("name\n" + "".join(f"{name}\n" for name in names))
    (tmp_path / "list.ftm.json").write_text('{"id":"L1","schema":"Person","properties":{"name":["Drazen LUKIC"]}}\n')
    return tmp_path


def test_figures_in_words_and_as_json(home: Path) -> None:
    code, out, _ = call(home, "match", "evaluate", home / "pairs.csv")
    assert code == 0
    assert "3 judged pairs, 1 the same" in out
    code, out, _ = call(home, "match", "evaluate", home / "pairs.csv", "--threshold", 0.5, "--json")
    told = json.loads(out)
    assert code == 0
    assert [row["recall"] for row in told["thresholds"]] == [1.0]
    assert sum(band["pairs"] for band in told["reliability"]["bands"]) == 3
    assert "proposal" not in told


def test_a_budget_is_met_by_innocents_screened_against_the_lists(home: Path) -> None:
    assert call(home, "lists", "add", "demo", home / "list.ftm.json")[0] == 0
    words = ["match", "evaluate", home / "pairs.csv", "--innocents", home / "people.csv", "--json"]
    generous = json.loads(call(home, *words, "--alarms", "1/20")[1])["proposal"]
    assert (generous["threshold"], generous["allowed"], generous["innocents"]) == (0.001, 1, 20)
    strict = json.loads(call(home, *words, "--alarms", "0/20")[1])["proposal"]
    assert strict["alarms"] == 0
    assert strict["threshold"] > 0.5
    assert strict["at"]["threshold"] == strict["threshold"]


def test_without_innocents_the_pairs_that_differ_meet_the_budget(home: Path) -> None:
    out = call(home, "match", "evaluate", home / "pairs.csv", "--alarms", "1/2")[1]
    assert "Proposed threshold" in out
    assert "at most 1 alarms among 2 innocents" in out


def test_a_threshold_that_only_shows_how_unlike_the_innocents_are_is_said_to_be_one(home: Path) -> None:
    assert call(home, "lists", "add", "demo", home / "list.ftm.json")[0] == 0
    words = ["match", "evaluate", home / "pairs.csv", "--innocents", home / "people.csv", "--alarms"]
    assert "hardly resemble anybody" in call(home, *words, "1/20")[2]
    assert "hardly resemble anybody" not in call(home, *words, "0/20")[2]


def test_wrong_use_and_bad_files_are_refused(home: Path) -> None:
    assert call(home, "match", "evaluate", home / "pairs.csv", "--alarms", "many")[0] == 2
    (home / "bad.csv").write_text("a,b\n1,2\n")
    code, _, err = call(home, "match", "evaluate", home / "bad.csv", "--json")
    assert code == 1
    assert json.loads(err.splitlines()[-1])["defects"][0]["rule"] == "pairs.columns"


@pytest.mark.data
def test_the_published_cases_are_read_whole(home: Path, data_dir: Path) -> None:
    cases = data_dir / "02_ftm_matching/nomenklatura/cases_dev.csv"
    told = json.loads(call(home, "match", "evaluate", cases, "--alarms", "10/2000", "--json")[1])
    assert (told["pairs"], told["same"], told["unsure"]) == (419, 203, 0)
    assert set(told["thresholds"][0]["errors_by_label"]) == {"STRONG", "MEDIUM", "WEAK"}
    assert told["proposal"]["innocents"] == 419 - 203
    assert told["proposal"]["alarms"] <= told["proposal"]["allowed"] == 1

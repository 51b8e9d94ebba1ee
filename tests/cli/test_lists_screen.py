"""`comity lists` and `comity screen` as a user types them: real files, real processes' words, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.app import COMMANDS, app
from comity.formats import paxlst, pnrgov
from comity.formats.cusres import read_answer
from comity.formats.pnr_exchange import read_acknowledgement

RUN = CliRunner()
LIST = b'{"id":"L1","schema":"Person","properties":{"name":["Drazen LUKIC"],"birthDate":["1971-03-12"]}}\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "list.ftm.json").write_bytes(LIST)
    (tmp_path / "people.csv").write_text("id,name\np1,Drazen Lukic\np2,Petra Novak\n")
    return tmp_path


def call(home: Path, *words: object) -> tuple[int, str, str]:
    result = RUN.invoke(app, ["--home", str(home / "home"), *(str(word) for word in words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_a_list_is_added_shown_and_screens(home: Path) -> None:
    code, out, _ = call(home, "lists", "add", "demo", home / "list.ftm.json")
    assert code == 0
    assert "screens now (1 entry, 1 name)" in out
    code, out, _ = call(home, "lists", "show", "--json")
    assert code == 0
    (shown,) = json.loads(out)
    assert {"name", "version", "published", "entities", "names", "sha256"} <= set(shown)
    code, out, _ = call(home, "screen", home / "people.csv", "--out", home / "hits.jsonl")
    assert code == 1
    assert "Names agree: Drazen Lukic = Drazen LUKIC" in out
    (hit,) = [json.loads(line) for line in (home / "hits.jsonl").read_text().splitlines()]
    assert list(hit) == ["query", "match", "score", "caption", "reasons", "list", "list_version", "model"]
    assert (hit["query"], hit["match"], hit["list"], hit["list_version"]) == ("p1", "L1", "demo", shown["version"])


def test_json_lines_stand_alone_on_stdout(home: Path) -> None:
    call(home, "lists", "add", "demo", home / "list.ftm.json")
    code, out, err = call(home, "screen", home / "people.csv", "--json")
    assert code == 1
    assert [json.loads(line)["match"] for line in out.splitlines()] == ["L1"]
    assert json.loads(err.splitlines()[-1])["screened"] == 2


def test_nothing_found_ends_with_zero(home: Path) -> None:
    call(home, "lists", "add", "demo", home / "list.ftm.json")
    (home / "other.csv").write_text("name\nPetra Novak\n")
    code, out, _ = call(home, "screen", home / "other.csv")
    assert code == 0
    assert out.startswith("Nothing found in 1 list, ")


def test_refusals_name_the_defect_and_end_with_one(home: Path) -> None:
    code, out, err = call(home, "screen", home / "people.csv")
    assert (code, out) == (1, "")
    assert "No list is loaded" in err
    (home / "bad.csv").write_text("name,birth_date\nAnn,31.12.1970\n")
    call(home, "lists", "add", "demo", home / "list.ftm.json")
    code, _, err = call(home, "screen", home / "bad.csv", "--json")
    assert code == 1
    assert json.loads(err.splitlines()[-1])["defects"][0]["place"] == "row 2"
    assert "Traceback" not in err


def test_wrong_use_ends_with_two(home: Path) -> None:
    for words in (["nothing"], ["screen"], ["lists", "add", "demo"], ["screen", "x", "--threshold", "7"]):
        assert call(home, *words)[0] == 2


def test_a_shrunken_list_is_held_and_released_by_two(home: Path) -> None:
    lines = [LIST.replace(b"L1", b"L%d" % n).replace(b"LUKIC", b"LUKIC%d" % n) for n in range(60)]
    (home / "big.json").write_bytes(b"".join(lines))
    (home / "small.json").write_bytes(b"".join(lines[:9]))
    assert call(home, "lists", "add", "demo", home / "big.json")[0] == 0
    code, out, _ = call(home, "lists", "add", "demo", home / "small.json")
    assert code == 1
    assert "is held" in out
    assert "51 removed" in call(home, "lists", "diff", "demo")[1]
    assert call(home, "lists", "release", "demo", "--by", "A", "--by", "A")[0] == 1
    assert call(home, "lists", "release", "demo", "--by", "A", "--by", "B")[0] == 0
    assert "9 entries" in call(home, "lists", "show")[1]


def test_what_a_list_ended_is_found_only_if_asked_for(home: Path) -> None:
    act = b'{"id":"L1-act","schema":"Sanction","properties":{"entity":["L1"],"endDate":["2019-03-04"]}}\n'
    (home / "over.json").write_bytes(LIST.rstrip(b"\n") + b"\n" + act)
    (home / "q.csv").write_text("name\nDrazen Lukic\n")
    assert call(home, "lists", "add", "demo", home / "over.json")[0] == 0
    assert call(home, "screen", home / "q.csv")[0] == 0
    code, out, _ = call(home, "screen", home / "q.csv", "--ended")
    assert code == 1
    assert "No longer listed: the last day was 2019-03-04" in out
    assert call(home, "screen", home / "q.csv", "--ended", "--out", home / "hits.jsonl")[0] == 1
    assert json.loads((home / "hits.jsonl").read_text())["ended"] == "2019-03-04"


@pytest.mark.data
def test_the_official_set_and_real_manifests(home: Path, data_dir: Path) -> None:
    folder = data_dir / "01_sanctions/ofac_2022-01"
    code, out, _ = call(home, "lists", "add", "ofac-sdn", *(folder / f"{name}.csv" for name in ("sdn", "alt", "add")))
    assert code == 0
    assert "9,044 entries, 23,957 names" in out
    manifests = sorted((data_dir / "04_border/gtas").glob("tamr*"))
    code, out, err = call(home, "screen", *manifests)
    assert code == 1  # each of them breaks a rule as a filing
    assert out.count("screened provisionally") == 3
    assert "Nothing found in 1 list" in out
    assert "UNT counts '23' segments" in err


def test_every_command_has_its_line_of_help(home: Path) -> None:
    code, out, _ = call(home, "--help")
    assert code == 0
    for name, (_, words) in COMMANDS.items():
        assert name in out
        assert words.split(":")[0] in out
        assert call(home, name, "--help")[0] == 0


def test_help_loads_no_heavy_module() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from comity.cli.app import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "print([m for m in ('numpy', 'followthemoney', 'comity.node.reference') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_carriers_are_answered_with_every_defect(home: Path) -> None:
    call(home, "lists", "add", "demo", home / "list.ftm.json")
    (home / "f.edi").write_bytes(next(iter(paxlst.FORMAT.example.values())).replace(b"CNT+42:1", b"CNT+42:2"))
    (home / "p.edi").write_bytes(next(iter(pnrgov.FORMAT.example.values())))
    code, _, _ = call(home, "screen", home / "f.edi", home / "p.edi", "--answers", home / "answers")
    assert code == 1
    refused = read_answer("a", (home / "answers/cusres-f-1.edi").read_bytes())
    assert [one.rule for one in refused.defects] == ["paxlst.cnt_total"]
    assert read_acknowledgement("a", (home / "answers/ackres-p-2.edi").read_bytes()).taken

"""The documentation says what the code says: everything has its place in the reference, and every link leads there."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.bootstrap import Settings, open_node
from comity.cli import docs
from comity.cli.app import COMMANDS, app
from comity.cli.docs import commands, sources, tables
from comity.errors import InputRefused, RuleRefused
from comity.formats import FORMATS
from comity.identity.account import Grant, new_account
from comity.matching.scorer import FEATURES
from comity.model.canon import encode
from comity.node.action import Order, take_step
from comity.policy.engine import packaged_policies
from comity.policy.profile import packs
from comity.procedures.effects import EFFECTS
from comity.procedures.registry import packaged_procedures
from comity.storage import acts as act_rows
from comity.storage import desk, post, schema
from tests.federation import Federation, federation, officer

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^(?:\$ )?comity\s+(.*)$", re.MULTILINE)
RULE = re.compile(r"""\brule="([A-Za-z][A-Za-z0-9._-]+)\"""")


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def prose(path: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", path.read_text("utf-8")))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


def test_the_reference_says_what_the_code_says() -> None:
    result = CliRunner().invoke(app, ["docs", "--check", "--dir", str(REFERENCE)])
    assert result.exit_code == 0, result.output


def test_a_page_that_differs_is_named_and_mended(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["docs", "--dir", str(tmp_path)]).exit_code == 0
    (tmp_path / "map.md").write_text("old")
    (tmp_path / "errors.md").unlink()
    found = CliRunner().invoke(app, ["docs", "--check", "--dir", str(tmp_path)])
    assert found.exit_code == 1
    assert "errors.md, map.md" in found.output
    assert CliRunner().invoke(app, ["docs", "--dir", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(app, ["docs", "--check", "--dir", str(tmp_path)]).exit_code == 0


def test_the_same_code_gives_the_same_bytes() -> None:
    assert docs.made() == docs.made()
    for text in docs.made().values():
        assert str(Path.home()) not in text
        assert str(ROOT) not in text


def test_every_generated_page_is_there_and_every_other_page_is_written_by_hand() -> None:
    made = {path.name for path in REFERENCE.glob("*.md") if "Made by `comity docs`" in path.read_text("utf-8")}
    assert made == docs.PAGES.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"## `comity {name}`" in page("commands")


@pytest.mark.parametrize("procedure", packaged_procedures(), ids=lambda p: f"{p.kind}@{p.version}")
def test_every_procedure_step_form_and_check_is_documented(procedure) -> None:  # type: ignore[no-untyped-def]
    text = page("procedures")
    assert f"(`{procedure.kind}@{procedure.version}`)" in text
    for step in procedure.steps:
        assert f"#### `{step.on}.{step.name}`: {step.title}" in text
        assert step.says in text
        assert step.basis in text
        for check in step.checks:
            assert " ".join((check.__doc__ or "").split()) in text
    for status in procedure.statuses:
        assert f"| `{status.code}` | {status.says} |" in text


def test_every_format_feature_rule_effect_value_table_and_setting_is_documented() -> None:
    for one in FORMATS:
        assert f"## `{one.name}`: {one.title}" in page("formats")
    for feature in FEATURES:
        assert f"## `{feature.name}`" in page("features")
        assert all(f"| `{outcome}` |" in page("features") for outcome in feature.texts)
    for rule in packaged_policies().rules.values():
        assert f"### {rule.id}\n" in page("policies")
        assert rule.source in page("policies")
    for name, kind in EFFECTS.items():
        assert f"| `{name}` | {kind.says} |" in page("effects")
    for pack in packs().values():
        assert all(f"| `{path}` |" in page("legal-packs") for path in pack.values)
    for name in schema.metadata.tables:
        assert f"## `{name}`" in page("storage")
    for field in fields(Settings):
        assert f"| `{field.name}` |" in page("settings")


def test_words_beside_tables_settings_and_variables_are_neither_missing_nor_left_over() -> None:
    assert tables.TABLES.keys() == schema.metadata.tables.keys()
    assert commands.NODE_JSON.keys() == {field.name for field in fields(Settings)}
    ours = [path for top in ("src", "tests", "bench", "setup") for path in (ROOT / top).rglob("*.py")]
    read = {name for path in ours for name in re.findall(r"\bCOMITY_[A-Z]+\b", path.read_text("utf-8"))}
    assert read | {"CI"} == commands.ENVIRONMENT.keys()


def test_every_rule_code_that_is_written_out_is_in_the_errors_page() -> None:
    text = page("errors")
    written = {code for path in (ROOT / "src").rglob("*.py") for code in RULE.findall(path.read_text("utf-8"))}
    assert len(written) > 80
    assert {code for code in written if f"| `{code}` |" not in text} == set()


def test_the_map_names_every_module_in_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    assert [tuple(layer.split(" | ")) for layer in layers] == list(sources.LAYERS)
    text = page("map")
    for module in sources.modules():
        name = module.name.removeprefix("comity").removeprefix(".")
        top, _, rest = name.partition(".")
        assert name == "" or f"## `{top}`" in text
        assert rest == "" or f"| `{rest}` |" in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(prose(path)):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        aim = (path.parent / file).resolve() if file != "" else path
        assert aim.exists(), target
        assert anchor == "" or anchor in anchors(aim), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_every_command_line_names_a_command(path: Path) -> None:
    for block in FENCE.findall(path.read_text("utf-8")):
        for rest in LINE.findall(block):
            words = [word for word in rest.split() if re.fullmatch(r"[a-z][a-z-]*", word)]
            assert len(words) > 0, rest
            assert words[0] in COMMANDS, rest
            assert f"## `comity {words[0]}`" in page("commands")
            if f"### `comity {words[0]} " in page("commands"):
                assert f"### `comity {words[0]} {words[1]}`" in page("commands"), rest


def test_decisions_are_numbered_without_gap_and_keep_their_form() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert [f"## {word}" in text for word in ("Context", "Decision", "Consequence")] == [True] * 3


def matter_status(world: Federation, member: str, matter: str) -> str:
    with world.nodes[member].store.read() as unit:
        row = act_rows.matter_rows(unit, [matter]).get(matter)
    return "" if row is None else str(row["status"])


ASK = {"to": ["QN", "QO"], "answer_by": "2026-11-23", "note": "Rang the duty number."}


def test_the_guide_to_procedures_quotes_its_example_word_for_word() -> None:
    example = ast.parse((DOCS / "how-to/line_check/__init__.py").read_text("utf-8"))
    written = {ast.dump(node) for node in ast.walk(example)}
    quoted = re.findall(r"^```python\n(.*?)^```", (DOCS / "how-to/add-a-procedure.md").read_text("utf-8"), re.M | re.S)
    assert len(quoted) == 6
    for block in quoted[:-1]:  # the last is the test
        for node in ast.parse(block).body:
            assert ast.dump(node.value if isinstance(node, ast.Expr) else node) in written, block


def test_line_check_of_the_guide_walks_from_desk_to_desk(tmp_path: Path) -> None:
    with federation(tmp_path, procedures=str(DOCS / "how-to")) as world:
        asked = take_step(world.nodes["QM"], officer("QM"), Order("line_check", "ask", "call", data=ASK), world.now)
        world.settle()
        assert [matter_status(world, m, asked.matter) for m in ("QM", "QN", "QO", "QS")] == ["asked"] * 3 + [""]
        order = Order("line_check", "answer", "reply", matter=asked.matter, data={"line": "good", "note": "At once."})
        answered = take_step(world.nodes["QN"], officer("QN"), order, world.now)
        world.settle()
        assert [matter_status(world, m, asked.matter) for m in ("QM", "QN", "QO")] == ["answered", "answered", "asked"]
        with world.nodes["QM"].store.read() as unit:
            assert {(r.member, r.code) for r in post.receipts_of(unit, [asked.act])} == {
                ("QN", "recorded"),
                ("QO", "recorded"),
            }
            assert {alert["act"] for alert in desk.alerts(unit, ["QM.bureau"])} == {answered.act}
        with world.nodes["QN"].store.read() as unit:
            assert {(r.member, r.code) for r in post.receipts_of(unit, [answered.act])} == {("QM", "recorded")}
        close = Order("line_check", "close", "call", matter=asked.matter)
        take_step(world.nodes["QM"], officer("QM"), close, world.now)
        world.settle()
        assert [matter_status(world, m, asked.matter) for m in ("QM", "QN", "QO")] == ["closed"] * 3
        late = Order("line_check", "answer", "reply", matter=asked.matter, data={"line": "late"})
        with pytest.raises(RuleRefused, match="the call track was closed"):
            take_step(world.nodes["QO"], officer("QO"), late, world.now)


def test_line_check_of_the_guide_gives_all_findings_at_once(tmp_path: Path) -> None:
    with federation(tmp_path, procedures=str(DOCS / "how-to")) as world:
        order = Order("line_check", "ask", "call", data={"to": ["QM"], "answer_by": "2026-11-21"})
        with pytest.raises(InputRefused) as refused:
            take_step(world.nodes["QM"], officer("QM"), order, world.now)
        assert {(d.rule, d.field) for d in refused.value.defects} == {("L-01", "answer_by"), ("L-02", "to")}


def test_line_check_of_the_guide_runs_from_the_command_line(tmp_path: Path) -> None:
    with federation(tmp_path, procedures=str(DOCS / "how-to")) as world:
        account = new_account("duty", "a" * 16, "QM.bureau", (Grant("duty_officer", world.now),), ("", ""))
        with world.nodes["QM"].store.write() as unit:
            desk.put_account(unit, login="duty", pseudonym=account.pseudonym, data=encode(account))
        world.crash("QM")
        form = tmp_path / "ask.json"
        form.write_text(json.dumps({**ASK, "answer_by": "2999-12-31"}))
        home = ["--home", str(tmp_path / "QM"), "--json"]
        result = CliRunner().invoke(app, ["do", "line_check", "ask", "--form", str(form), "--as", "duty", *home])
        assert result.exit_code == 0, result.output
        matter = json.loads(result.stdout)["matter"]
        shown = CliRunner().invoke(app, ["show", matter, *home])
        assert json.loads(shown.stdout)[0]["says"] == "Waiting for answers"


def test_every_procedure_in_a_folder_is_loaded_by_path(tmp_path: Path) -> None:
    with federation(tmp_path, procedures=str(DOCS / "how-to")) as world:
        assert open_node(tmp_path / "QS").registry.kinds() == world.nodes["QM"].registry.kinds()
        assert "line_check" in world.nodes["QM"].registry.kinds()

"""The pages of the closed families: formats, matching features, policy rules, legal packs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

import yaml

from comity.cli.docs.markdown import cell, code, codes, fence, inline, page, prose, section, table
from comity.formats import FORMATS
from comity.formats.base import Format
from comity.matching.features import FEATURES
from comity.matching.hit import BANDS, MODEL
from comity.matching.names.evidence import WEAK_CEILING
from comity.matching.names.parameters import parameters
from comity.model.packaged import packaged_text
from comity.policy.engine import packaged_policies, packaged_texts
from comity.policy.facts import ACTIONS, Context, Principal, kinds
from comity.policy.language import Rule
from comity.policy.paths import FORMS, Entry
from comity.policy.profile import Pack, packs
from comity.policy.purposes import PURPOSES
from comity.policy.roles import ROLES


def formats() -> str:
    """Every format with what it reads and a small example."""
    return page(
        "Formats",
        "Every reader is strict: what is odd and tolerated is told in a notice, everything else that does not fit is a "
        "defect with its file, place, rule and remedy, all of them at once. Name a format with `--format`, with "
        "underscores or hyphens.",
        table(
            ("Format", "Title", "Written too"), ((code(f.name), f.title, "yes" if f.write else "no") for f in _sorted())
        ),
        *(section(f"`{one.name}`: {one.title}", *_format(one)) for one in _sorted()),
        section(
            "What becomes of every row",
            "Counted over the published lists that the tests read; a test counts again. A row is mapped, left aside "
            "for the reason given, or an error.",
            table(("File", "Format", "Rows", "Mapped", "Left aside", "Errors"), _counts()),
        ),
    )


def _counts() -> Iterable[tuple[str, ...]]:
    for one in yaml.safe_load(packaged_text("comity.formats", "counts.yaml")):
        aside = "; ".join(f"{count:,}: {reason}" for reason, count in one["ignored"].items())
        form = code(one["format"]) if one["format"] != "" else ""
        yield one["file"], form, f"{one['rows']:,}", f"{one['mapped']:,}", aside, str(one["errors"])


def _sorted() -> list[Format]:
    return sorted(FORMATS, key=lambda one: one.name)


def _format(one: Format) -> Iterable[str]:
    yield inline(one.docs)
    yield prose(sys.modules[one.read.__module__].__doc__)
    for name, data in sorted(one.example.items()):
        yield f"Example, `{name}`:"
        yield fence(data.rstrip(b"\x1a").decode("utf-8", "replace").replace("\r\n", "\n"))


def features() -> str:
    """What the scorer compares and what each outcome says to the officer."""
    bands = ((f"{least:g} and more", words) for least, words in BANDS)
    return page(
        "Matching features",
        f"Model `{MODEL}`. Each feature gives a log-odds; their sum is the evidence, and the score is its logistic at "
        "an even prior. The score is evidence, not the chance that it is the same person: "
        "[screening](../explanation/screening.md).",
        f"Two subjects are compared only if a pair of their names reaches {parameters().least:g} or they "
        f"share an identifier. A weak alias says at most {WEAK_CEILING}.\n",
        section("Words on screen", table(("Score", "Shown as"), bands)),
        *(
            section(f"`{one.name}`", one.docs, table(("Outcome", "Says"), ((code(k), v) for k, v in one.texts.items())))
            for one in FEATURES
        ),
    )


def policies() -> str:
    """Every rule, the vocabulary it may use, and the purposes and roles it names."""
    texts = _texts()
    rules = packaged_policies().rules
    return page(
        "Policies",
        "A *forbid* prevails over every permit, and what no rule permits is refused (`default-deny`). Words in braces "
        "are filled in when the sentence is said. How a rule becomes a decision and a condition on lists: "
        "[who may see what](../explanation/who-may-see-what.md).",
        section("Rules", table(("Rule", "Effect", "Actions", "Reason"), (_line(one) for one in rules.values()))),
        *(section(f"{one.id}", *_rule(one, texts[one.id]), level=3) for one in rules.values()),
        section("Actions", table(("Action", "In words", "What a rule may ask"), _actions())),
        section("The officer and the circumstances", table(("Of", "What a rule may ask"), _fixed())),
        section(
            "Purposes",
            table(("Code", "Title", "Source"), ((code(p.code), p.title, p.source) for p in PURPOSES.values())),
        ),
        section(
            "Roles", table(("Code", "Title", "Source"), ((code(r.code), r.title, r.source) for r in ROLES.values()))
        ),
    )


def _texts() -> dict[str, str]:
    found = {}
    for text in packaged_texts().values():
        for block in re.split(r"(?=^@id)", text, flags=re.MULTILINE)[1:]:
            name = block.split('"')[1]
            lines = [line for line in block.splitlines() if not line.startswith(("@", "//"))]
            found[name] = "\n".join(lines).strip()
    return found


def _line(rule: Rule) -> tuple[str, ...]:
    return f"[{rule.id}](#{rule.id.lower()})", "permit" if rule.permits else "forbid", codes(rule.actions), rule.reason


def _rule(rule: Rule, text: str) -> Iterable[str]:
    yield rule.reason
    yield f"The lawful way: {rule.way}" if rule.way != "" else "There is no lawful way around it."
    yield f"Source: {rule.source}."
    yield fence(text, "cedar")


def _actions() -> Iterable[tuple[str, str, str]]:
    for action in ACTIONS.values():
        yield code(action.code), action.title, _attributes(action.resource)


def _fixed() -> Iterable[tuple[str, str]]:
    yield "`principal`", _attributes(Principal)
    yield "`context`", _attributes(Context)


def _attributes(facts: type) -> str:
    return ", ".join(f"`{name}` ({kind.value})" for name, kind in kinds(facts).items())


def legal_packs() -> str:
    """Every value of every pack; all of them unsigned."""
    return page(
        "Legal packs",
        "**Unsigned examples.** Nothing here is any member's law. A member's law is what its own legal officer signed "
        "in its legal profile; where that has no value, the answer is *ask your lawyer*, never another country's rule. "
        "A profile may name a pack; a screen that uses one of its values says that nobody has confirmed it. Only an "
        "exercise shows them by itself.",
        "Marks: **V** seen in the text of the source; **P** taken as reported; **G** given by a usually good source; "
        "**D** a design decision of ours; **K** known but not checked.\n",
        *(section(f"`{one.code}`: {one.title}", *_pack(one)) for _, one in sorted(packs().items())),
        section("What a profile may hold", table(("Path (a pattern)", "Holds"), _forms())),
    )


def _forms() -> Iterable[tuple[str, str]]:
    return ((code(one.path.pattern), one.title) for one in FORMS)


def _pack(pack: Pack) -> Iterable[str]:
    head = ("Value", "Is", "Counted from", "Source", "Mark", "Note", "Standing")
    yield table(head, (_entry(path, entry) for path, entry in sorted(pack.values.items())))


def _entry(path: str, entry: Entry) -> tuple[str, ...]:
    value = ", ".join(str(one) for one in entry.value) if isinstance(entry.value, (list, tuple)) else str(entry.value)
    said = f"{value} {entry.unit.replace('_', ' ')}".strip()
    return (
        code(path),
        said,
        entry.trigger.replace("_", " "),
        cell(entry.source),
        entry.mark,
        entry.note,
        "unsigned example",
    )

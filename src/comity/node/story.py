"""A matter as a readable story: who did what, when, and on which track.

Everything here comes from headers, the table and parts already opened; the words for what the fold found are the
officer's. Not handled here: what may be read (:mod:`comity.node.reading`), receipts (:mod:`comity.node.answers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.model.act import Header
from comity.model.content import Content
from comity.model.entity import vocabulary
from comity.model.track import track_index, track_name
from comity.node.moment import instant
from comity.node.node import Node
from comity.node.reading import Opened
from comity.node.words import Says, says
from comity.policy.roles import ROLES
from comity.procedures.form import Field, Form
from comity.procedures.machine import MatterView, TrackView
from comity.procedures.table import Procedure, Step, Track
from comity.storage.acts import StoredAct

_MATTER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Line:
    """One label with its values; both are shown, ``label`` and coded values through the catalogue of the language."""

    label: str
    values: tuple[Says | str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """An attachment that may be fetched by its commitment."""

    commitment: str
    label: str
    media: str


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part on the page: its content as lines, or why it is not shown and what the lawful way is."""

    kind: str
    lines: tuple[Line, ...] = ()
    picture: Picture | None = None
    withheld: Says | None = None
    way: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One act. ``flags`` say what the fold found, ``answers`` what members answered to it."""

    act: str
    step: str
    title: str
    role: str
    agency: str
    officer: str
    when: datetime
    recorded: datetime
    automatic: bool
    basis: str
    lines: tuple[Line, ...]
    parts: tuple[ShownPart, ...]
    flags: tuple[Says, ...]
    notes: tuple[Says, ...] = ()
    answers: tuple[Says, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackStory:
    """One party's own line of acts."""

    track: str
    title: str
    member: str
    acts: tuple[Told, ...]
    flags: tuple[Says, ...]
    quiet: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What this node holds of a matter."""

    row: Mapping[str, Any]
    procedure: Procedure | None
    view: MatterView | None
    acts: tuple[StoredAct, ...]
    headers: Mapping[str, Header]
    seats: Mapping[str, set[str]]


def tell(node: Node, held: Held, opened: Mapping[str, tuple[Opened, ...]]) -> tuple[TrackStory, ...]:
    """The tracks in the order of the table, those on which only the node itself speaks last."""
    by_track: dict[str, list[StoredAct]] = {}
    for stored in held.acts:
        by_track.setdefault(held.headers[stored.digest].track, []).append(stored)
    found = [_track(node, held, name, acts, opened) for name, acts in by_track.items()]
    order = [] if held.procedure is None else [track.name for track in held.procedure.tracks]
    place = {name: n for n, name in enumerate(order)}
    return tuple(sorted(found, key=lambda t: (t.quiet, place.get(track_name(t.track), 99), t.track)))


def part_lines(names: Mapping[str, str], form: Form | None, kind: str, content: Content) -> tuple[Line, ...]:
    """The values of one part under the labels of the form that made it, or of the vocabulary."""
    if content.entity is not None:
        return tuple(_entity_lines(names, form, kind, content.entity))
    return tuple(_form_lines(names, form, content.form or {}))


def term_lines(step: Step | None, header: Header) -> tuple[Line, ...]:
    """The codes and dates of the header in words; the nonce and what only machines read are left out."""
    fields = {} if step is None or step.form is None else {f.name: f for f in step.form.fields if f.term}
    return tuple(
        Line(field.label, _worded(field, header.terms[name])) for name, field in fields.items() if name in header.terms
    )


def _track(
    node: Node, held: Held, name: str, acts: list[StoredAct], opened: Mapping[str, tuple[Opened, ...]]
) -> TrackStory:
    kind = None if held.procedure is None else held.procedure.track(track_name(name))
    shown = None if held.view is None else held.view.tracks.get(name)
    depth = {d: o.depth for d, o in held.view.outcomes.items()} if held.view is not None else {}
    told = [
        _told(node, held, stored, opened.get(stored.digest, ()))
        for stored in sorted(acts, key=lambda a: (depth.get(a.digest, 0), a.recorded, a.digest))
    ]
    quiet = all(act.automatic and len(act.parts) == 0 for act in told)
    title = kind.title if kind is not None else name
    return TrackStory(name, title, _whose(node, held, kind, name), tuple(told), tuple(_track_flags(shown)), quiet)


def _whose(node: Node, held: Held, kind: Track | None, name: str) -> str:
    """The member that a track belongs to or is about, by name."""
    if track_index(name) != "":
        return node.name(track_index(name))
    if kind is not None and kind.writer == "reviewer":
        return node.name(node.reviewer)
    owner = str(held.row["owner_member"])
    return node.name(owner) if owner != "" else ""


def _track_flags(shown: TrackView | None) -> Iterator[Says]:
    if shown is None:
        return
    if len(shown.frozen) > 0:
        yield says("Frozen: two acts follow from the same one. No further step counts until the two are explained.")
    if len(shown.waiting) > 0:
        yield says("An act before one of these has not arrived; it is asked for.")


def _told(node: Node, held: Held, stored: StoredAct, opened: tuple[Opened, ...]) -> Told:
    header = held.headers[stored.digest]
    step = None if held.procedure is None else held.procedure.step(header.step, track_name(header.track))
    roles = () if step is None else step.roles
    return Told(
        act=stored.digest,
        step=header.step,
        title=header.step if step is None else step.title,
        role=ROLES[roles[0]].title if len(roles) == 1 and roles[0] in ROLES else "",
        agency=node.name(header.agency),
        officer=header.officer,
        when=instant(header.time),
        recorded=instant(stored.recorded),
        automatic=step is not None and step.automatic,
        basis="" if step is None else step.basis,
        lines=term_lines(step, header),
        parts=_parts(node, form_of(held, step, header), opened),
        flags=tuple(_flags(held, stored, header)),
        notes=tuple(_notes(held, stored.digest)),
    )


def form_of(held: Held, step: Step | None, header: Header) -> Form | None:
    """The form that an act's parts were made with: of a step that carries them on, the one it names."""
    if step is None or len(step.carries) == 0 or held.procedure is None:
        return None if step is None else step.form
    name = str(header.terms.get("of", ""))
    return next((one.form for one in held.procedure.steps if one.name == name), step.form)


def _parts(node: Node, form: Form | None, opened: tuple[Opened, ...]) -> tuple[ShownPart, ...]:
    """The parts of one act; what is not shown for the same reason is said once, and what the table gives to others
    alone not at all."""
    found: list[ShownPart] = []
    said: set[str] = set()
    for one in opened:
        spec = None if form is None else next((spec for spec in form.parts if spec.kind == one.head.kind), None)
        if one.stored is None and spec is not None and len(spec.seats) > 0:
            continue
        shown = _part(node.members(), form, one)
        if shown.withheld is None or str(shown.withheld) not in said:
            found.append(shown)
        said.add(str(shown.withheld))
    return tuple(found)


def _part(names: Mapping[str, str], form: Form | None, one: Opened) -> ShownPart:
    kind, handling = one.head.kind, one.head.handling
    terms = f"TLP:{handling.tlp} {handling.code}"
    if one.content is not None:
        attachment = one.content.attachment
        if attachment is not None:
            return ShownPart(
                kind, picture=Picture(one.head.commitment, attachment.label, attachment.media), terms=terms
            )
        return ShownPart(kind, part_lines(names, form, kind, one.content), terms=terms)
    if one.stored is None or one.decision is None:
        return ShownPart(kind, withheld=says("Not given to this member."), terms=terms)
    if one.stored.hidden is not None:
        return ShownPart(kind, withheld=_erased(one), terms=terms)
    if one.decision.allowed:
        return ShownPart(kind, withheld=says("Its content is not here any more."), terms=terms)
    return ShownPart(
        kind, withheld=says("Withheld: %(reason)s", reason=says(one.decision.reason)), way=one.decision.way, terms=terms
    )


def _erased(one: Opened) -> Says:
    """How far the erasure of a part has come here."""
    part = one.stored
    if part is None or part.hidden is None:
        return says("Its content is not here any more.")
    hidden = instant(part.hidden)
    if part.gone is not None and part.keyless is not None:
        return says(
            "Erased here: hidden %(hidden)s, keyless %(keyless)s, gone %(gone)s.",
            hidden=hidden,
            keyless=instant(part.keyless),
            gone=instant(part.gone),
        )
    if part.keyless is not None:
        return says(
            "Erased here: hidden %(hidden)s, keyless %(keyless)s.", hidden=hidden, keyless=instant(part.keyless)
        )
    return says("Hidden here %(hidden)s; its keys are being destroyed.", hidden=hidden)


def _flags(held: Held, stored: StoredAct, header: Header) -> Iterator[Says]:
    view = held.view
    if view is None:
        yield says("Not understood: this version of the procedure is not known here.")
        return
    outcome = view.outcomes[stored.digest]
    shown = view.tracks.get(header.track)
    reason = says(outcome.reason)
    if outcome.verdict == "waiting":
        standing = shown is not None and stored.digest in shown.standing
        yield says("Waiting: %(reason)s.", reason=reason)
        if standing:
            yield says("It takes effect at once all the same, because it protects.")
    elif outcome.verdict == "refused":
        yield says("Recorded and refused: %(reason)s.", reason=reason)
    elif outcome.verdict == "out_of_order":
        yield says("Recorded out of order: %(reason)s.", reason=reason)
    elif outcome.verdict in ("off_chain", "not_understood"):
        yield says("Recorded and not counted: %(reason)s.", reason=reason)
    if shown is not None and stored.digest in shown.frozen:
        yield says("One of two acts that follow from the same one.")
    yield from _settled(held, view, stored.digest)
    if stored.skewed:
        yield says("Its author's clock ran more than five minutes ahead of ours.")


def _settled(held: Held, view: MatterView, digest: str) -> Iterator[Says]:
    ending = _ending(held, view)
    match view.settled.get(digest):
        case "not_applied":
            yield says("Not applied: came after “%(ending)s”.", ending=says(ending))
        case "not_settled":
            yield says("Not yet settled: whether it came before “%(ending)s” is not known yet.", ending=says(ending))
        case _:
            return


def _notes(held: Held, digest: str) -> Iterator[Says]:
    view = held.view
    if view is not None and view.settled.get(digest) == "counted":
        yield says("Counts: it came before “%(ending)s”.", ending=says(_ending(held, view)))


def _ending(held: Held, view: MatterView) -> str:
    """The title of the step that ended the matter."""
    for digest, header in held.headers.items():
        if view.outcomes[digest].verdict != "applied":
            continue
        kind = view.procedure.track(track_name(header.track))
        step = view.procedure.step(header.step, track_name(header.track))
        if kind is None or step is None or kind.writer not in ("owner", "reviewer"):
            continue
        if step.to in kind.final:
            return step.title
    return ""


def _entity_lines(names: Mapping[str, str], form: Form | None, kind: str, tree: Mapping[str, Any]) -> Iterator[Line]:
    fields = {f.prop: f for f in form.fields if f.part == kind and f.prop != ""} if form is not None else {}
    properties = tree.get("properties", {})
    for prop, field in fields.items():
        if prop in properties:
            yield Line(field.label, _worded(field, properties[prop], names))
    schema = vocabulary().get(str(tree.get("schema", "")))
    for prop, values in properties.items():
        if prop not in fields:
            known = None if schema is None else schema.get(prop)
            yield Line(prop if known is None else known.label, tuple(str(value) for value in values))


def _form_lines(names: Mapping[str, str], form: Form | None, values: Mapping[str, Any]) -> Iterator[Line]:
    for name, value in values.items():
        field = None if form is None else form.field(name)
        if field is not None:
            yield Line(field.label, _worded(field, value, names))
        elif isinstance(value, (str, int, list)) and not isinstance(value, bool):
            yield Line(name.replace("_", " ").capitalize(), tuple(names.get(text, text) for text in _texts(value)))


def _worded(field: Field, value: Any, names: Mapping[str, str] | None = None) -> tuple[Says | str, ...]:
    """Values with coded ones in the words of their list, and members by name."""
    if field.kind in ("country", "members") and names is not None:
        return tuple(names.get(text.upper(), text) for text in _texts(value))
    if _MATTER.fullmatch(str(value)) is not None:
        return (str(value)[:8],)
    words = dict(field.choices)
    return tuple(says(words[text]) if text in words else text for text in _texts(value))


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(one) for one in value if isinstance(one, (str, int)))
    return (str(value),)

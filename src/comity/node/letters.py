"""Making letters: which ones a matter offers, what each quotes, its number, and the file in the form asked for.

A letter quotes what this member said, from parts that the officer may read; it is opened and written down as a
disclosure like any reading, numbered and registered, and only then made. Nothing of the file is kept: what a recall
reaches is gone here, and the register says where the paper is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from comity.documents import mail, word
from comity.documents.letter import LANGUAGES, Draft, Figure, Letter, Line, Section, compose, words_of
from comity.documents.mail import letter_mail
from comity.documents.pdf import letter_pdf
from comity.documents.word import letter_docx
from comity.errors import Defect, InputRefused, RuleRefused
from comity.model.act import Header
from comity.model.track import is_correspondent, track_index, track_name
from comity.node.hooks import unanswered
from comity.node.moment import stamp
from comity.node.node import Node
from comity.node.officer import Officer
from comity.node.prints import PrintLine, Sheet, lines_of, may_see, register
from comity.node.query import duty_number, seen_matter
from comity.node.reading import Opened, Reader, files_of
from comity.node.story import Held, form_of, part_lines, term_lines
from comity.node.story import Line as Told
from comity.node.words import Says, says
from comity.policy.clocks import due
from comity.policy.handling import Source, strictest
from comity.procedures.notice.form import ARTICLES
from comity.procedures.table import Step
from comity.storage import paper
from comity.storage.paper import OPEN, Correspondent, Print

FORMS = {"pdf": "application/pdf", "docx": word.MEDIA, "eml": mail.MEDIA}
"""What a letter can be made as."""
NO_CONTENT = "TLP:AMBER"
"""The marking of a letter that quotes nothing."""

PRINTED = ("image/jpeg", "image/png")
"""Attachments that a letter shows; any other is named, and sent apart if at all."""
NOT_PRINTED = "a file, not printed here"

_REVIEW = {
    "refuse": "refusal",
    "refuse_asked": "refusal",
    "return": "return",
    "ask": "question",
    "ask_again": "question",
}
_PAPER = {
    "prepared": ("message",),
    "prepared_again": ("message",),
    "sent": ("message", "reminder"),
    "reminded": ("reminder",),
    "answered": ("message",),
    "recalling": ("recall",),
    "recalled": ("recall",),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A letter that a matter offers: ``about`` is the act or the track that it is made for."""

    kind: str
    about: str
    party: str
    name: str
    language: str
    mail: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer asks for; ``place`` is where an extract goes."""

    kind: str
    about: str
    language: str
    form: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A letter's file."""

    number: str
    name: str
    media: str
    data: bytes


@dataclass(frozen=True, slots=True)
class MatterPaper:
    """The paper of one matter: letters that may be made, prints, how many are called in, and who has not answered."""

    offers: tuple[Offer, ...]
    prints: tuple[PrintLine, ...]
    called: int
    systems: tuple[Says, ...]
    keeps: bool = False


def paper_of(node: Node, officer: Officer, matter: str, now: datetime) -> MatterPaper:
    """The paper of one matter as this officer may know it; raises :class:`RuleRefused` like the matter itself."""
    with node.store.read() as unit:
        held, _ = seen_matter(node, unit, officer, matter, now)
        offers = offers_of(node, unit, officer, held)
        seen = [one for one in paper.prints(unit, matter=matter) if may_see(node, officer, one)]
        lines = lines_of(node, unit, seen)
        systems = tuple(
            says("The national system %(name)s has not answered yet.", name=debt.name)
            for debt in unanswered(unit, held.headers)
        )
    called = sum(1 for line in lines if line.called and line.copy.state in OPEN)
    keeps = "duty_officer" in officer.roles and bool(held.row["shows"])
    return MatterPaper(offers, lines, called, systems, keeps and str(held.row["owner_member"]) != node.member)


def offers_of(node: Node, unit: Connection, officer: Officer, held: Held) -> tuple[Offer, ...]:
    """The letters that a matter offers this officer."""
    if len(officer.roles & {"duty_officer", "reviewer"}) == 0:
        return ()
    return (*_review_offers(node, officer, held), *_paper_offers(node, unit, officer, held))


def _review_offers(node: Node, officer: Officer, held: Held) -> Iterator[Offer]:
    """The secretariat's refusals, returns and questions, in the source's language unless another is chosen."""
    if node.member != node.reviewer or "reviewer" not in officer.roles or held.view is None:
        return
    source = str(held.row["owner_member"])
    listed = node.trust.lists.get(source)
    spoken = () if listed is None else listed.doc.languages
    language = next((code for code in spoken if code in LANGUAGES), LANGUAGES[0])
    for digest, header in held.headers.items():
        if track_name(header.track) == "review" and header.step in _REVIEW:
            yield Offer(_REVIEW[header.step], digest, source, node.name(source), language, mail=False)


def _paper_offers(node: Node, unit: Connection, officer: Officer, held: Held) -> Iterator[Offer]:
    """What is to be written to each correspondent, by how its track stands."""
    view = held.view
    lines = {} if view is None else view.tracks
    offices = {one.code: one for one in paper.correspondents(unit, every=True)}
    for name, shown in sorted(lines.items()):
        kind = None if view is None else view.procedure.track(track_name(name))
        if kind is None or not kind.paper or shown.writer != officer.agency:
            continue
        office = offices.get(track_index(name))
        language = LANGUAGES[0] if office is None else office.language
        for word_ in _PAPER.get(shown.state, ()):
            if held.row["shows"] or word_ == "recall":
                yield Offer(word_, name, track_index(name), node.name(track_index(name)), language, mail=True)


def make_letter(node: Node, officer: Officer, matter: str, wanted: Wanted, now: datetime) -> Made:
    """The file of one letter, numbered and registered; raises :class:`RuleRefused` or :class:`InputRefused`."""
    _check(wanted)
    with node.store.read() as unit:
        held, purpose = seen_matter(node, unit, officer, matter, now)
        offer = _offered(node, unit, officer, held, wanted)
        reader = Reader(node, officer, purpose, now)
        quoted = _quoted(node, held, offer)
        reader.open(unit, held.row, quoted)
        office = next((one for one in paper.correspondents(unit, every=True) if one.code == offer.party), None)
        sent = [one for one in paper.prints(unit, matter=matter) if one.place == offer.party]
    opened = _readable(reader.disclose(), held, quoted)
    files = files_of(node, (one for some in opened.values() for one in some))
    sections = tuple(_sections(node, held, opened, files))
    draft = _draft(node, officer, held, offer, wanted, office, opened, sent, sections, now)
    place = wanted.place if offer.kind == "extract" else offer.party
    act = offer.about if offer.about in held.headers else ""
    sheet = Sheet(matter, act, offer.kind, wanted.form, place)
    drawn = [one.head.commitment for some in opened.values() for one in some]
    with node.store.write() as unit:
        copy = register(node, unit, officer, sheet, drawn, now)
    try:
        return _file(compose(draft, copy.number, now.date()), wanted.form, office, now)
    except Exception:
        void(node, copy, now)
        raise


def void(node: Node, copy: Print, now: datetime) -> None:
    """A number whose letter could not be made stands for no paper."""
    with node.store.write() as unit:
        paper.settle_print(unit, copy.number, state="void", at=stamp(now), by=copy.officer)


def _check(wanted: Wanted) -> None:
    defects = []
    if wanted.language not in LANGUAGES:
        defects.append(
            Defect(
                "letter.language", "No letters are written in that language.", "Choose one of four.", field="language"
            )
        )
    if wanted.form not in FORMS:
        defects.append(
            Defect("letter.form", "A letter is a PDF, a Word document or a mail.", "Choose one.", field="form")
        )
    if wanted.kind == "extract" and wanted.place.strip() == "":
        defects.append(Defect("print.place", "Where the print goes is missing.", "Write it down.", field="place"))
    if len(wanted.place) > 200:
        defects.append(Defect("form.too_long", "At most 200 characters are kept.", "Shorten it.", field="place"))
    if len(defects) > 0:
        raise InputRefused("No letter was made.", defects)


def _offered(node: Node, unit: Connection, officer: Officer, held: Held, wanted: Wanted) -> Offer:
    if wanted.kind == "extract":
        return Offer("extract", "", "", wanted.place, wanted.language, mail=False)
    for offer in offers_of(node, unit, officer, held):
        if (offer.kind, offer.about) == (wanted.kind, wanted.about):
            return replace(offer, language=wanted.language)
    raise RuleRefused("This letter is not to be written now.", rule="letter.not_due", remedy="Open the matter again.")


def _quoted(node: Node, held: Held, offer: Offer) -> dict[str, Header]:
    """The acts that a letter quotes."""
    if offer.kind in ("recall", "reminder"):
        return {}
    if offer.about in held.headers:
        return {offer.about: held.headers[offer.about]}
    if offer.kind == "extract":
        return dict(held.headers)
    return {d: h for d, h in held.headers.items() if node.is_own(h.agency) and _goes_to_parties(held, h)}


def _goes_to_parties(held: Held, header: Header) -> bool:
    kind = None if held.procedure is None else held.procedure.track(track_name(header.track))
    return kind is not None and kind.writer == "owner" and "parties" in kind.audience


def _readable(
    found: dict[str, tuple[Opened, ...]], held: Held, quoted: dict[str, Header]
) -> dict[str, tuple[Opened, ...]]:
    """The parts that leave with the letter; what the table gives to certain seats alone stays out."""
    kept: dict[str, tuple[Opened, ...]] = {}
    for digest, header in quoted.items():
        step = _step(held, header)
        specs = () if step is None or step.form is None else step.form.parts
        limited = {spec.kind for spec in specs if len(spec.seats) > 0}
        some = tuple(one for one in found.get(digest, ()) if one.head.kind not in limited)
        kept[digest] = tuple(one for one in some if one.content is not None)
        withheld = [
            one for one in some if one.content is None and one.decision is not None and not one.decision.allowed
        ]
        if len(withheld) > 0 and withheld[0].stored is not None and withheld[0].stored.hidden is None:
            raise RuleRefused(
                "Part of it may not be read by you, so you cannot print it.",
                rule="print.withheld",
                remedy=withheld[0].decision.way if withheld[0].decision is not None else "",
            )
    return kept


def _draft(
    node: Node,
    officer: Officer,
    held: Held,
    offer: Offer,
    wanted: Wanted,
    office: Correspondent | None,
    opened: dict[str, tuple[Opened, ...]],
    sent: list[Print],
    sections: tuple[Section, ...],
    now: datetime,
) -> Draft:
    sender = (node.name(officer.agency), node.name(node.member), duty_number(node, node.member))
    act = held.headers.get(offer.about)
    step = None if act is None else _step(held, act)
    references = [("basis", step.basis)] if step is not None else []
    if office is not None and office.channel != "":
        references.append(("code", f"{office.code} · {office.channel}"))
    return Draft(
        kind=offer.kind,
        language=wanted.language,
        sender=tuple(line for line in sender if line != ""),
        recipient=_recipient(offer, office),
        marking=_marking(opened),
        matter=str(held.row["matter"]),
        references=tuple(references),
        sections=sections,
        places=_places(node, wanted, act, offer, sent, now),
    )


def _recipient(offer: Offer, office: Correspondent | None) -> tuple[str, ...]:
    if office is None:
        return (offer.name,)
    return (office.name, *(line.strip() for line in office.address.splitlines() if line.strip() != ""))


def _places(
    node: Node, wanted: Wanted, act: Header | None, offer: Offer, sent: list[Print], now: datetime
) -> dict[str, str]:
    law = node.rule("clock.correspondent.answer")
    until = due(now, law.value, law.unit) if isinstance(law.value, int) and is_correspondent(offer.party) else None
    letters = sorted(one.number for one in sent if one.kind == "message" and one.state in OPEN)
    ground = "" if act is None else str(act.terms.get("ground", ""))
    return {
        "answer_by": "" if until is None else words_of(wanted.language).day(until.date()),
        "recalled": ", ".join(letters) or str(offer.party),
        "reminded": letters[-1] if len(letters) > 0 else "",
        "ground": _ground(ground),
        "place": wanted.place,
    }


def _ground(code: str) -> str:
    """The words of a refusal's ground by the table's own code."""
    return next((title for known, title in ARTICLES if known == code), code)


def _sections(
    node: Node, held: Held, opened: dict[str, tuple[Opened, ...]], files: Mapping[str, tuple[str, bytes]]
) -> Iterator[Section]:
    """What each act says, in order of time, under the table's labels; its pictures, and which files are not printed."""
    for digest in sorted(opened, key=lambda one: held.headers[one].time):
        header = held.headers[digest]
        step = _step(held, header)
        form = form_of(held, step, header)
        told: list[Told] = list(term_lines(step, header))
        for one in opened[digest]:
            if one.content is not None and one.content.attachment is None:
                told.extend(part_lines(node.members(), form, one.head.kind, one.content))
        attached = [one for one in opened[digest] if one.head.commitment in files]
        figures = tuple(_figure(one, files) for one in attached if _is_picture(files, one))
        told.extend(Told(_label(one), (NOT_PRINTED,)) for one in attached if not _is_picture(files, one))
        lines = tuple(Line(line.label, tuple(str(value) for value in line.values)) for line in told)
        if len(lines) + len(figures) > 0:
            yield Section(header.step if step is None else step.title, lines, figures)


def _is_picture(files: Mapping[str, tuple[str, bytes]], one: Opened) -> bool:
    return files[one.head.commitment][0] in PRINTED


def _figure(one: Opened, files: Mapping[str, tuple[str, bytes]]) -> Figure:
    return Figure(_label(one), files[one.head.commitment][1], is_page=one.head.kind in ("scan", "document"))


def _label(one: Opened) -> str:
    attachment = None if one.content is None else one.content.attachment
    return one.head.kind if attachment is None or attachment.label == "" else attachment.label


def _marking(opened: dict[str, tuple[Opened, ...]]) -> str:
    """The strictest terms of what is quoted; raises :class:`RuleRefused` where no purpose is left."""
    parts = [one for some in opened.values() for one in some]
    if len(parts) == 0:
        return NO_CONTENT
    sources = [Source(one.head.kind, one.head.handling, frozenset({"reader"})) for one in parts]
    terms = strictest(sources).handling
    return f"TLP:{terms.tlp} · {terms.code}"


def _file(letter: Letter, form: str, office: Correspondent | None, now: datetime) -> Made:
    name = f"{letter.number.replace('/', '-')}.{form}"
    if form == "docx":
        return Made(letter.number, name, FORMS[form], letter_docx(letter))
    pdf = letter_pdf(letter)
    if form == "pdf":
        return Made(letter.number, name, FORMS[form], pdf)
    to, channel = ("", "") if office is None else (office.mail, office.channel)
    return Made(letter.number, name, FORMS[form], letter_mail(letter, pdf, to=to, channel=channel, now=now))


def _step(held: Held, header: Header) -> Step | None:
    return None if held.procedure is None else held.procedure.step(header.step, track_name(header.track))

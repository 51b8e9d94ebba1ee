"""Reference lists: bringing one in, telling what changed, making it ready to be asked.

A list that is empty, cut or unreadable is refused; one that lacks many entities of the version before is held until
two officers release it, and the old one screens meanwhile, its age shown.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog
from normality import latinize_text

from comity.errors import Defect, InputRefused, OwnFault, RuleRefused
from comity.formats import Notice, Reading, Tree, detect, format_named
from comity.formats.ftm import write_lines
from comity.formats.publishers import publishers
from comity.formats.table import read_table
from comity.formats.table_mapping import read_mapping
from comity.matching.compiled import STAMP
from comity.matching.names.model import model_digest
from comity.matching.screening.building import build_columns
from comity.matching.screening.columns import Columns
from comity.matching.screening.index import Index
from comity.matching.subject import listed_subjects, subject_ids, subjects_of
from comity.model.collector import without_collector
from comity.model.entity import vocabulary
from comity.node.delisted import ended_of, over_on
from comity.node.differences import Difference, EntityChange, compare
from comity.node.indexing import TWO_FROM, build_list
from comity.node.list_source import Attempt, last_attempt, source_of
from comity.storage.list_records import ListRecords, open_records
from comity.storage.lists import ListStore, ListVersion, digests
from comity.storage.snapshots import SnapshotUnfit, open_snapshot, write_snapshot

_log = structlog.get_logger("comity.node")
HELD_LEAST = 20
HELD_SHARE = 0.02
LARGEST_FILE = 1 << 30
LARGEST_KEPT = 4 << 20
"""Bytes of a difference between two versions that is kept; a larger one is worked out when it is asked for."""
SEARCHED = frozenset({"name", "identifier", "iban", "phone", "email", "url"})
"""Types of property whose values an entity is found by."""
ENDED = "ended"
"""What is kept with a version under this name: the last days of entries (:mod:`comity.node.delisted`)."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list that was brought in: ``is_held`` if it waits, ``is_known`` if it was current already."""

    version: ListVersion
    notices: tuple[Notice, ...]
    is_held: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One list as shown: its current version, a held one, a warning in words or the empty text, and what came of the
    last attempt to fetch it."""

    current: ListVersion | None
    held: ListVersion | None
    warning: str
    attempt: Attempt | None = None

    def to_json(self) -> dict[str, object]:
        """The list as one plain tree."""
        shown = self.current or self.held
        assert shown is not None
        return {
            "name": shown.name,
            "version": self.current.version if self.current is not None else None,
            "published": shown.published or None,
            "added": shown.added.isoformat(),
            "seen": shown.seen.isoformat(),
            "entities": shown.entities,
            "names": shown.names,
            "sha256": shown.sha256,
            "sources": shown.sources,
            "held": self.held.version if self.held is not None else None,
            "warning": self.warning,
            "attempt": None if self.attempt is None else msgspec.to_builtins(self.attempt),
        }


def store_of(home: Path) -> ListStore:
    """The lists of one installation."""
    return ListStore(home / "lists")


def read_inputs(paths: Iterable[Path]) -> dict[str, bytes]:
    """The bytes of files as the user named them, unpacked if they are gzip; raises :class:`InputRefused`."""
    files: dict[str, bytes] = {}
    defects = []
    for path in paths:
        try:
            data = path.read_bytes()
            if data[:2] == b"\x1f\x8b":
                with gzip.open(path) as packed:
                    data = packed.read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error) as error:
            says = f"It cannot be read ({getattr(error, 'strerror', None) or error})."
            defects.append(Defect("file.read", says, "Check the name and that the file is whole.", str(path)))
            continue
        if len(data) > LARGEST_FILE:
            defects.append(Defect("file.oversize", "It is larger than 1 GiB.", "Split the file.", str(path)))
        files[str(path).removesuffix(".gz")] = data
    if len(defects) > 0:
        raise InputRefused("A file cannot be read.", defects)
    return files


@without_collector()
def add_list(
    home: Path, name: str, files: Mapping[str, bytes], now: datetime, *, form: str = "", mapping: bytes | None = None
) -> Added:
    """Reads a list and keeps it as a version, ready to screen; raises :class:`InputRefused` for what is empty, cut or
    unreadable.

    A ``mapping`` is kept with the list and used for its later editions.
    """
    store = store_of(home)
    known = store.current(name)
    chosen, reading = _read_list(store, name, files, now, form, mapping)
    ids = frozenset(subject_ids(reading.entities))
    if len(ids) == 0:
        defect = Defect("lists.empty", "There is nothing to screen against in it.", "Check that these are the files.")
        raise InputRefused(f"The list {name} is empty.", [defect])
    lines = write_lines(reading.entities)
    if known is not None and known.format == chosen and known.sha256 == hashlib.sha256(lines).hexdigest():
        store.mend(known, lines)
        return Added(store.confirm(known, now), reading.notices, is_known=True)
    removed = _removed(store, known, ids)
    columns, names = _columns(reading, ids)
    meta = ListVersion(
        name=name,
        version="",
        format=chosen,
        sources=digests({Path(file).name: data for file, data in files.items()}),
        sha256="",
        added=now,
        seen=now,
        entities=len(ids),
        names=names,
        removed=removed,
        before=0 if known is None else known.entities,
        published=reading.published,
    )
    is_held = known is not None and removed > max(HELD_LEAST, HELD_SHARE * known.entities)
    kept = store.add(meta, lines, is_held=is_held)
    store.keep_made(kept, ENDED, msgspec.json.encode(ended_of(reading.entities)))
    if columns is None:
        _made(store, kept)
    else:
        _keep_columns(store, kept, columns)
    return Added(kept, reading.notices, is_held=is_held)


def _columns(reading: Reading, ids: Collection[str]) -> tuple[Columns | None, int]:
    """What screens, and how many names the subjects with these ids have; a short list's subjects are read once, a long
    one's columns are made by two processes from what is stored."""
    if len(ids) >= TWO_FROM:
        return None, sum(len(subject.names) for subject in subjects_of(reading.entities))
    subjects = list(listed_subjects(reading.entities))
    return build_columns(subjects), sum(len(subject.names) for subject in subjects if subject.id in ids)


def _read_list(
    store: ListStore, name: str, files: Mapping[str, bytes], now: datetime, form: str, mapping: bytes | None
) -> tuple[str, Reading]:
    """The name of the format and what was read: by the list's own mapping, by name, by publisher, by content."""
    if mapping is not None and form not in ("", "table"):
        defect = Defect("lists.mapping", f"A mapping is of no use to {form}.", "Leave one out.", field="--mapping")
        raise InputRefused("The list cannot be read.", [defect])
    raw = mapping if mapping is not None else store.beside(name, "mapping") if form in ("", "table") else None
    if raw is not None:
        reading = read_table(files, now, mapped=read_mapping(raw, file="mapping"))
        if mapping is not None:
            store.keep_beside(name, "mapping", mapping)
        return "table", reading
    official = publishers().get(name)
    wanted = form if form != "" else official.format if official is not None else ""
    chosen = format_named(wanted) if wanted != "" else _detected(files)
    return chosen.name, chosen.read(files, now)


def _detected(files: Mapping[str, bytes]) -> Any:
    name, data = next(iter(files.items()), ("", b""))
    return detect(name, data)


def _removed(store: ListStore, known: ListVersion | None, ids: Collection[str]) -> int:
    """How many entries of the version before are gone; of one that cannot be read, as many as are fewer."""
    if known is None:
        return 0
    try:
        return sum(one not in ids for one in subject_ids(store.entities(known)))
    except OwnFault as fault:
        _log.warning("lists.unread", list=known.name, version=known.version, rule=fault.rule)
        return max(0, known.entities - len(ids))


def show_lists(
    home: Path, now: datetime, names: Sequence[str] = (), *, with_attempts: bool = False
) -> tuple[Shown, ...]:
    """Every list, or those named, ``with_attempts`` to fetch them; raises :class:`InputRefused` for a name that is not
    there."""
    store = store_of(home)
    known_lists(store, names)
    wanted = names if len(names) > 0 else store.names()
    return tuple(_shown(home, store, name, now, with_attempts) for name in wanted)


def _shown(home: Path, store: ListStore, name: str, now: datetime, with_attempt: bool) -> Shown:
    current, held = store.current(name), store.held(name)
    warning = _warning(current, held, now, timedelta(days=source_of(home, name).old))
    return Shown(current, held, warning, last_attempt(home, name) if with_attempt else None)


def _warning(current: ListVersion | None, held: ListVersion | None, now: datetime, old: timedelta) -> str:
    words = []
    if current is not None and now - current.seen > old:
        words.append(f"{(now - current.seen).days} days old: old list: do not act on it.")
    if held is not None:
        words.append(f"Version {held.version} lacks {held.removed} entries and waits for two officers.")
    return " ".join(words)


def diff_list(home: Path, name: str, old: str = "", new: str = "") -> Difference:
    """What changed; without versions, from the one before to the current, or from the current to the held one.

    What was worked out once is kept with the newer version.
    """
    store = store_of(home)
    known_lists(store, [name])
    versions = store.versions(name)
    if old == "" or new == "":
        if len(versions) < 2:
            defect = Defect("lists.diff", f"{name} has one version only.", "Add another edition first.")
            raise InputRefused("There is nothing to compare.", [defect])
        old, new = old or versions[-2].version, new or versions[-1].version
    was, now = store.version(name, old), store.version(name, new)
    raw = store.made_of(now, f"diff-{was.version}")
    if raw is not None:
        return Difference(old, new, msgspec.json.decode(raw, type=tuple[EntityChange, ...]))
    changes = compare(store.entities(was), store.entities(now))
    raw = msgspec.json.encode(changes)
    if len(raw) <= LARGEST_KEPT:
        store.keep_made(now, f"diff-{was.version}", raw)
    return Difference(old, new, changes)


def release_list(home: Path, name: str, officers: Sequence[str]) -> ListVersion:
    """Lets a held version of a folder without a node, which has no accounts, screen by two names that nobody checks;
    raises :class:`RuleRefused`. At a node, officers release by :func:`comity.node.list_keeping.agree`."""
    store = store_of(home)
    known_lists(store, [name])
    names = {" ".join(officer.split()).casefold() for officer in officers} - {""}
    if len(officers) != 2 or len(names) != 2:
        raise RuleRefused(
            "A held list needs two different officers.", rule="lists.release", remedy="Give --by twice, two names."
        )
    held = store.held(name)
    if held is None:
        raise RuleRefused(f"No version of {name} is held.", rule="lists.release")
    return store.release(held, (officers[0], officers[1]))


def known_lists(store: ListStore, names: Sequence[str]) -> None:
    """Raises :class:`InputRefused` for every name of which there is no list."""
    held = store.names()
    remedy = f"There are: {', '.join(held) or 'none yet'}. Add it with: comity lists add NAME FILE…"
    missing = [Defect("lists.unknown", f"There is no list {n!r}.", remedy) for n in names if n not in held]
    if len(missing) > 0:
        raise InputRefused("A list is not there.", missing)


def index_of(home: Path, version: ListVersion) -> Index:
    """The index of one version, mapped from its snapshot; where none fits, its columns are made and kept."""
    store = store_of(home)
    columns = _mapped(store, version) or _made(store, version)
    return Index.of(columns, list_name=version.name, list_version=version.version)


def _mapped(store: ListStore, version: ListVersion) -> Columns | None:
    try:
        snapshot = open_snapshot(store.snapshot_path(version), _source(version), is_checked=True)
        return Columns.from_arrays(snapshot.arrays())
    except (SnapshotUnfit, KeyError):
        return None


def _made(store: ListStore, version: ListVersion) -> Columns:
    store.check(version)
    columns = build_list(partial(store.lines, version), version.entities)
    return (_mapped(store, version) or columns) if _keep_columns(store, version, columns) else columns


def _keep_columns(store: ListStore, version: ListVersion, columns: Columns) -> bool:
    """Whether the columns could be written beside the version; where not, they are made again when they are needed."""
    try:
        write_snapshot(store.snapshot_path(version), _source(version), columns.to_arrays(), version.seen)
    except OSError as error:
        _log.warning("snapshot.unwritten", list=version.name, version=version.version, error=str(error))
        return False
    return True


def over_of(home: Path, version: ListVersion, now: datetime) -> dict[str, str]:
    """The entries that a version carries and does not name any more at ``now``, with the last day of each; raises
    :class:`OwnFault` where neither what was made of the version nor the version itself can be read."""
    store = store_of(home)
    ended = _kept_ended(store, version)
    if ended is None:
        ended = ended_of(store.entities(version))
        store.keep_made(version, ENDED, msgspec.json.encode(ended))
    return over_on(ended, now.date())


def count_over(home: Path, version: ListVersion, now: datetime) -> int | None:
    """How many entries of a version are over at ``now``; None where the version cannot be read."""
    try:
        return len(over_of(home, version, now))
    except OwnFault:
        return None


def _kept_ended(store: ListStore, version: ListVersion) -> dict[str, str] | None:
    raw = store.made_of(version, ENDED)
    try:
        return None if raw is None else msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.DecodeError:
        return None  # damaged: made again


def _source(version: ListVersion) -> str:
    """What a snapshot was made of: the list as it is stored, the name model, and the code that read them."""
    return f"{version.name} {version.sha256} {model_digest()} {STAMP}"


def records_of(home: Path, version: ListVersion) -> ListRecords:
    """The entities of a version at hand, by id, holder and word; made at the first call and kept beside it."""
    store = store_of(home)
    return open_records(store.folder_of(version), version.sha256, lambda: store.entities(version), words_of)


def words_of(tree: Tree) -> str:
    """The text by which an entity of a list is found: names and numbers, as written and in Latin letters."""
    schema = vocabulary()[tree["schema"]]
    said = []
    for name, values in tree["properties"].items():
        prop = schema.get(name)
        if prop is not None and prop.type.name in SEARCHED:
            said += [text for value in values for text in (value, latinize_text(value)) if text is not None]
    return " ".join(dict.fromkeys(said))


def load_lists(
    home: Path, now: datetime, lists: Sequence[str] = (), *, with_ended: bool = False
) -> tuple[tuple[Index, ...], list[str]]:
    """The lists that screen, ready to ask, and what has to be said about them; raises :class:`InputRefused`.

    Entries that their list does not name any more are no hits, or marked hits ``with_ended``.
    """
    shown = [(one.current, one.warning) for one in show_lists(home, now, lists) if one.current is not None]
    loaded, warnings = [], []
    for current, warning in shown:
        screens, index = readable(home, current, index_of)
        loaded.append(index.over(over_of(home, screens, now), is_asked=with_ended))
        says = f"{unread(current, screens)} {warning}".strip()
        warnings += [f"{current.name}: {says}"] if says != "" else []
    if len(loaded) == 0:
        defect = Defect("screen.lists", "No list is loaded.", "Add one with: comity lists add NAME FILE…")
        raise InputRefused("There is nothing to screen against.", [defect])
    return tuple(loaded), warnings


def readable(home: Path, current: ListVersion, load: Callable[[Path, ListVersion], Index]) -> tuple[ListVersion, Index]:
    """The version that screens with its index: ``current``, or the last one before it that can be read; raises the
    :class:`OwnFault` of the current one where there is none."""
    try:
        return current, load(home, current)
    except OwnFault:
        known = store_of(home).versions(current.name)
        before = [one for one in known if one.added < current.added and one.version != current.version]
        for version in reversed(before):
            with suppress(OwnFault):
                return version, load(home, version)
        raise


def unread(current: ListVersion, screens: ListVersion) -> str:
    """What officers are told where an older version screens than the current one; the empty text otherwise."""
    if current.version == screens.version:
        return ""
    return f"Version {current.version} cannot be read; version {screens.version} of {screens.seen:%Y-%m-%d} screens."

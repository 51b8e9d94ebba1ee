"""Bringing published lists up to date: from their publishers, or from a folder carried into a closed network.

Nothing is fetched unless somebody asks. A set of files is fetched whole or not at all, so that editions are never
mixed. What the publisher says to be unchanged is confirmed, not loaded again. What is refused or held leaves the
version that screens, and what was remembered of the publisher, as they were.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from comity.errors import ComityError, Defect, InputRefused
from comity.formats.publishers import Publisher, publishers
from comity.node.fetching import Fetched, client, fetch
from comity.node.list_source import SOURCE, Attempt, keep_attempt, source_of
from comity.node.reference import LARGEST_FILE, Added, add_list, read_inputs, store_of

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([A-Za-z0-9][A-Za-z0-9._-]{0,99})")
REMEMBERED = "fetched"


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of one list: ``added`` if it was read, ``is_fresh`` if the publisher has nothing new."""

    name: str
    added: Added | None = None
    is_fresh: bool = False
    problem: ComityError | None = None


def update_lists(
    home: Path,
    names: Sequence[str],
    now: datetime,
    *,
    proxy: str = "",
    urls: Sequence[str] = (),
    only_due: bool = False,
) -> tuple[Updated, ...]:
    """Each list from its publisher; one that fails does not stop the others. Without names, those that are loaded."""
    wanted = (
        names if len(names) > 0 else [name for name in store_of(home).names() if len(source_of(home, name).files) > 0]
    )
    if len(urls) > 0:
        _keep_source(home, wanted, urls)
    done = []
    with client(proxy) as through:
        for name in wanted:
            if only_due and not _is_due(home, name, now):
                continue
            done.append(_attempt(home, name, now, through))
    return tuple(done)


def _attempt(home: Path, name: str, now: datetime, through: httpx.Client) -> Updated:
    """One list, and what came of it kept beside it."""
    try:
        one = _update(home, name, now, through)
    except ComityError as error:
        keep_attempt(home, name, failed(error, now))
        return Updated(name, problem=error)
    came = "unchanged" if one.added is None or one.added.is_known else "held" if one.added.is_held else "added"
    keep_attempt(home, name, Attempt(now, came))
    return one


def failed(error: ComityError, now: datetime) -> Attempt:
    """An attempt that failed, in the words of the error."""
    defects = error.defects if isinstance(error, InputRefused) else ()
    says = " ".join((error.says, *(str(one) for one in defects[:3])))
    return Attempt(now, "failed", says, error.remedy if len(defects) == 0 else defects[0].remedy)


def import_list(home: Path, name: str, folder: Path, now: datetime) -> Added:
    """One list from a folder with its files and their digests in :data:`SUMS`; raises :class:`InputRefused` unless
    exactly the files named there are there, each with its digest."""
    files = _checked(folder)
    return add_list(home, name, files, now, form=source_of(home, name).format)


def _update(home: Path, name: str, now: datetime, through: httpx.Client) -> Updated:
    source = source_of(home, name)
    if len(source.files) == 0:
        remedy = "Give its address once with --url, or its files with comity lists add."
        raise InputRefused(f"{name} has no publisher.", [Defect("lists.publisher", "No address is known.", remedy)])
    store = store_of(home)
    current = store.current(name)
    known = _remembered(home, name) if current is not None else {}
    largest = source.largest << 20
    found = {file: fetch(through, url, known.get(url), largest, now) for file, url in source.files.items()}
    if current is not None and all(one.data is None for one in found.values()):
        if store.held(name) is None:  # while a version is held, the one that screens is not what is published
            store.confirm(current, now)
        return Updated(name, is_fresh=True)
    for file, url in source.files.items():
        if found[file].data is None:  # another file changed: the whole edition is fetched
            found[file] = fetch(through, url, None, largest, now)
    files = {file: one.data for file, one in found.items() if one.data is not None}
    added = add_list(home, name, files, now, form=source.format)
    marks = {source.files[file]: one.mark for file, one in found.items()}
    store.keep_beside(name, REMEMBERED, msgspec.json.encode(marks))
    return Updated(name, added)


def _is_due(home: Path, name: str, now: datetime) -> bool:
    current = store_of(home).current(name)
    return current is None or now - current.seen >= timedelta(hours=source_of(home, name).every)


def _keep_source(home: Path, names: Sequence[str], urls: Sequence[str]) -> None:
    defects = [
        Defect("lists.url", f"{url!r} is no web address.", "Give https://… addresses.", field="--url")
        for url in urls
        if re.fullmatch(r"https?://[^\s/]+/\S*", url) is None
    ]
    if len(names) != 1:
        defects.append(Defect("lists.url", "Addresses belong to one list.", "Name exactly one list.", field="--url"))
    files = {url.partition("?")[0].rpartition("/")[2] or "list": url for url in urls}
    if len(files) != len(urls):
        defects.append(Defect("lists.url", "Two files have one name.", "Give each file once.", field="--url"))
    if len(defects) > 0:
        raise InputRefused("The addresses cannot be used.", defects)
    known = publishers().get(names[0], Publisher(names[0], ""))
    store_of(home).keep_beside(names[0], SOURCE, msgspec.json.encode(msgspec.structs.replace(known, files=files)))


def _remembered(home: Path, name: str) -> Mapping[str, Fetched]:
    raw = store_of(home).beside(name, REMEMBERED)
    return msgspec.json.decode(raw, type=dict[str, Fetched]) if raw is not None else {}


def _checked(folder: Path) -> dict[str, bytes]:
    try:
        text = (folder / SUMS).read_text(encoding="ascii")
        there = {path.name for path in folder.iterdir() if path.name != SUMS}
    except (OSError, UnicodeDecodeError) as error:
        remedy = f"Put {SUMS} beside the files: sha256sum * > {SUMS}."
        raise InputRefused("The folder cannot be used.", [Defect("import.sums", f"{error}.", remedy, SUMS)]) from error
    found = [_LINE.fullmatch(line) for line in text.splitlines() if line.strip() != ""]
    named = {line[2]: line[1] for line in found if line is not None}
    defects = []
    if None in found or len(named) != len(found) or len(named) == 0:
        says = "A line is not a digest and a file name, or a file stands twice, or there is none."
        defects.append(Defect("import.sums", says, "Make it with sha256sum.", SUMS))
    for name in sorted(there ^ set(named)):
        says = "It is not there." if name in named else f"{SUMS} does not name it."
        defects.append(Defect("import.file", says, "Carry the whole folder over again.", name))
    for name in sorted(there & set(named)):
        path = folder / name
        is_plain = path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST_FILE
        if not is_plain or hashlib.sha256(path.read_bytes()).hexdigest() != named[name]:
            says = "Its digest is another one."
            defects.append(Defect("import.digest", says, "Carry the whole folder over again.", name))
    if len(defects) > 0:
        raise InputRefused("The folder cannot be imported.", defects)
    return read_inputs(folder / name for name in sorted(named))

"""Updates against a real web server on this machine: unchanged, new, cut, too large; and folders carried in."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from comity.errors import InputRefused, PeerRefused
from comity.formats.publishers import publishers
from comity.formats.un_sc import EXAMPLE
from comity.node.list_update import SUMS, import_list, update_lists
from comity.node.reference import add_list, show_lists, store_of

NOW = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)


class Publisher:
    """A web server whose files a test sets; it counts what it gave whole."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"/un.xml": EXAMPLE}
        self.status = 200
        self.cut = 0
        self.has_marks = True
        self.given: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, ask: BaseHTTPRequestHandler) -> None:
        data = self.files.get(ask.path.partition("?")[0])
        if self.status != 200 or data is None:
            ask.send_error(self.status if self.status != 200 else 404)
            return
        mark = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        if self.has_marks and ask.headers.get("If-None-Match") == mark:
            ask.send_response(304)
            ask.end_headers()
            return
        self.given.append(ask.path)
        ask.send_response(200)
        if self.has_marks:
            ask.send_header("ETag", mark)
        ask.send_header("Content-Length", str(len(data)))
        ask.end_headers()
        ask.wfile.write(data[: len(data) - self.cut])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    one = Publisher()
    yield one
    one.server.shutdown()
    one.server.server_close()


def update(home: Path, publisher: Publisher, now: datetime = NOW, *, is_first: bool = False) -> Any:
    urls = [publisher.url("/un.xml?token=secret")] if is_first else []
    (done,) = update_lists(home, ["un-sc"], now, urls=urls)
    return done


def test_a_list_is_fetched_once_and_then_only_confirmed(tmp_path: Path, publisher: Publisher) -> None:
    first = update(tmp_path, publisher, is_first=True)
    assert first.added.version.published == "2026-11-20"
    later = NOW + timedelta(hours=13)
    assert update(tmp_path, publisher, later).is_fresh
    assert len(publisher.given) == 1
    shown = show_lists(tmp_path, later)[0].current
    assert shown is not None
    assert (shown.seen, shown.version) == (later, first.added.version.version)


def test_a_server_without_marks_is_told_by_the_digest(tmp_path: Path, publisher: Publisher) -> None:
    publisher.has_marks = False
    update(tmp_path, publisher, is_first=True)
    assert update(tmp_path, publisher).is_fresh
    assert len(publisher.given) == 2


def test_a_new_edition_becomes_a_version(tmp_path: Path, publisher: Publisher) -> None:
    update(tmp_path, publisher, is_first=True)
    publisher.files["/un.xml"] = EXAMPLE.replace(b"The Clerk", b"The Miller")
    assert update(tmp_path, publisher).added is not None
    assert len(store_of(tmp_path).versions("un-sc")) == 2


@pytest.mark.parametrize("harm", ["cut", "empty", "error", "truncated", "large"])
def test_what_is_wrong_leaves_the_version_that_screens(tmp_path: Path, publisher: Publisher, harm: str) -> None:
    good = update(tmp_path, publisher, is_first=True).added.version
    publisher.files["/un.xml"] = EXAMPLE.replace(b"The Clerk", b"The Miller")
    if harm == "cut":
        publisher.cut = 50
    elif harm == "empty":
        publisher.files["/un.xml"] = b""
    elif harm == "error":
        publisher.status = 503
    elif harm == "truncated":
        publisher.files["/un.xml"] = EXAMPLE[:900]
    else:
        publisher.files["/un.xml"] = EXAMPLE + b" " * (publishers()["un-sc"].largest << 20)
    done = update(tmp_path, publisher)
    assert isinstance(done.problem, InputRefused if harm in ("empty", "truncated") else PeerRefused)
    assert "secret" not in str(done.problem)
    assert store_of(tmp_path).current("un-sc") == good
    publisher.cut, publisher.status = 0, 200
    publisher.files["/un.xml"] = EXAMPLE.replace(b"The Clerk", b"The Miller")
    assert update(tmp_path, publisher).added is not None  # nothing wrong was remembered


def test_a_set_is_never_mixed_of_two_editions(tmp_path: Path, publisher: Publisher) -> None:
    row = b'7,"BELL, Ann","individual","EXR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    publisher.files |= {"/sdn.csv": row, "/alt.csv": b'7,1,"aka","BELL, An",-0- \r\n'}
    urls = [publisher.url("/sdn.csv"), publisher.url("/alt.csv")]
    update_lists(tmp_path, ["ofac-sdn"], NOW, urls=urls)
    publisher.files["/alt.csv"] = b'7,1,"aka","BELL, Anne",-0- \r\n'
    (done,) = update_lists(tmp_path, ["ofac-sdn"], NOW)
    (tree,) = store_of(tmp_path).entities(done.added.version)
    assert tree["properties"]["alias"] == ["Anne BELL"]
    assert publisher.given == ["/sdn.csv", "/alt.csv", "/alt.csv", "/sdn.csv"]


def test_while_a_version_is_held_the_old_one_goes_on_ageing(tmp_path: Path, publisher: Publisher) -> None:
    row = b'%d,"BELL, Ann","individual","EXR",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    publisher.files["/sdn.csv"] = b"".join(row % n for n in range(100))
    (first,) = update_lists(tmp_path, ["ofac-sdn"], NOW, urls=[publisher.url("/sdn.csv")])
    publisher.files["/sdn.csv"] = row % 1
    (held,) = update_lists(tmp_path, ["ofac-sdn"], NOW + timedelta(days=1))
    assert held.added.is_held
    assert update_lists(tmp_path, ["ofac-sdn"], NOW + timedelta(days=2))[0].is_fresh
    current = store_of(tmp_path).current("ofac-sdn")
    assert current is not None
    assert (current.version, current.seen) == (first.added.version.version, NOW)


def test_only_what_is_due_is_fetched(tmp_path: Path, publisher: Publisher) -> None:
    update(tmp_path, publisher, is_first=True)
    assert update_lists(tmp_path, [], NOW + timedelta(hours=11), only_due=True) == ()
    assert len(update_lists(tmp_path, [], NOW + timedelta(hours=12), only_due=True)) == 1


def test_nothing_is_fetched_for_a_list_without_a_publisher(tmp_path: Path) -> None:
    (done,) = update_lists(tmp_path, ["own"], NOW)
    assert isinstance(done.problem, InputRefused)
    with pytest.raises(InputRefused):
        update_lists(tmp_path, ["own"], NOW, urls=["file:///etc/passwd"])


def carried(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    sums = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    (folder / SUMS).write_text("".join(sums))
    return folder


def test_a_folder_carried_in_is_loaded_if_every_digest_is_right(tmp_path: Path) -> None:
    folder = carried(tmp_path / "in", {"consolidated.xml": EXAMPLE})
    assert import_list(tmp_path, "un-sc", folder, NOW).version.entities == 1
    (folder / "consolidated.xml").write_bytes(EXAMPLE.replace(b"Clerk", b"Clark"))
    (folder / "more.xml").write_bytes(b"x")
    with pytest.raises(InputRefused) as refused:
        import_list(tmp_path, "un-sc", folder, NOW)
    assert [defect.rule for defect in refused.value.defects] == ["import.file", "import.digest"]


@pytest.mark.parametrize("sums", ["", "nonsense\n", f"{'0' * 64}  ../etc/passwd\n"])
def test_a_folder_without_honest_digests_is_refused(tmp_path: Path, sums: str) -> None:
    folder = carried(tmp_path / "in", {"consolidated.xml": EXAMPLE})
    (folder / SUMS).write_text(sums)
    with pytest.raises(InputRefused):
        import_list(tmp_path, "un-sc", folder, NOW)


def test_a_mapping_is_kept_for_later_editions(tmp_path: Path) -> None:
    mapping = b"title: Own\nprefix: own\nkey: [[Id]]\ncolumns: {Id: {act: recordId}, Who: {is: name}}\n"
    add_list(tmp_path, "own", {"a.csv": b"Id,Who\n1,Ann Bell\n"}, NOW, mapping=mapping)
    added = add_list(tmp_path, "own", {"a.csv": b"Id,Who\n1,Ann Bell\n2,Bo Dorn\n"}, NOW)
    assert (added.version.format, added.version.entities) == ("table", 2)

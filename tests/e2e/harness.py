"""Four nodes as processes of the product's own commands, and officers' windows in a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from comity import bootstrap
from comity.node import exercise

PATIENCE = 60_000
EXPECTED = ("net::ERR_", "Failed to fetch", "status of 422")
"""What a browser says of a node that was killed, and of a form that was refused."""
NAMES = {code: name for code, name, *_ in exercise.MEMBERS}


@dataclass
class Exercise:
    """Four homes and the processes that run some of them; ``at`` is the moment their clocks begin at, if not now."""

    folder: Path
    homes: dict[str, Path]
    ports: dict[str, int]
    at: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def url(self, code: str, path: str = "/") -> str:
        return f"http://{exercise.host_of(NAMES[code])}:{self.ports[code]}{path}"

    def start(self, *codes: str) -> None:
        """Starts these nodes side by side and waits until each has answered."""
        for code in codes:
            self._spawn(code)
        for code in codes:
            self._await(code)

    def _spawn(self, code: str) -> None:
        command = [sys.executable, "-m", "comity.cli", "up", str(self.homes[code])]
        command += ["--at", self.at] if self.at != "" else []
        log = (self.folder / f"{code}.log").open("ab")
        self.running[code] = subprocess.Popen(command, stdout=log, stderr=log)

    def _await(self, code: str) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[code]}/health",
            headers={"Host": f"{exercise.host_of(NAMES[code])}:{self.ports[code]}"},
        )
        for _ in range(600):
            assert self.running[code].poll() is None, (self.folder / f"{code}.log").read_text()
            try:
                urllib.request.urlopen(request, timeout=2).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"{code} did not answer")

    def kill(self, code: str) -> None:
        self.running[code].send_signal(signal.SIGKILL)
        self.running[code].wait()

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=30)


@contextmanager
def four_nodes(folder: Path) -> Iterator[Exercise]:
    """An exercise founded in ``folder``; nothing runs yet, and everything is stopped at the end."""
    first = _free_ports()
    homes = bootstrap.found_exercise(folder, bootstrap.utc_now(), first_port=first)
    codes = tuple(NAMES)
    made = Exercise(folder, dict(zip(codes, homes, strict=True)), {code: first + n for n, code in enumerate(codes)})
    try:
        yield made
    finally:
        made.stop()


def _free_ports() -> int:
    for first in range(20_000 + os.getpid() % 1_600 * 7, 32_600, 7):  # neighbours apart, below the ports of clients
        sockets = [socket.socket() for _ in range(4)]
        try:
            for n, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + n))
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
        return first
    raise AssertionError("no free ports")


@contextmanager
def desk(browser: Browser, four: Exercise, code: str, officer: str) -> Iterator[Page]:
    """An officer's window at a member's desk; any error on the console fails the test."""
    context: BrowserContext = browser.new_context(viewport={"width": 1366, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(four.url(code, "/sign-in"))
    page.locator("button.person", has_text=officer).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    yield page
    unexpected = [text for text in errors if not any(word in text for word in EXPECTED)]
    assert unexpected == []
    context.close()


def wait_for(page: Page, good: Callable[[], bool]) -> None:
    """Reloads until ``good()``: the matter page is a story, read again on demand."""
    for _ in range(120):
        if good():
            return
        time.sleep(0.5)
        with suppress(PlaywrightError):  # the page itself may be on its way to somewhere just now
            page.reload()
    raise AssertionError(page.locator("body").inner_text())


def wait_for_text(page: Page, text: str) -> None:
    """Reloads until the page says ``text``."""
    wait_for(page, lambda: text in page.locator("body").inner_text())


def take(page: Page, title: str, **values: str) -> None:
    """Takes the step called ``title`` from the matter that is open: the button, and its form if it has one.

    It returns when the node's answer stands on the page, so that what is read or closed next cannot overtake it.
    """
    step = page.locator(".next").get_by_role("button", name=title, exact=True)
    if len(values) > 0:
        step.click()
        fill(page, **values)
        step = page.locator("form.step").get_by_role("button", name=title, exact=True)
    page.evaluate("() => { window.before = true; }")
    step.click()
    page.wait_for_function(
        "() => document.getElementById('error-summary') || (!window.before && document.readyState === 'complete')"
    )
    expect(page.locator("#error-summary")).to_have_count(0)


def fill(page: Page, **values: str) -> None:
    """Fills the fields of the form that is open, whatever kind each is of."""
    for name, value in values.items():
        radio = page.locator(f"#{name}-{value}")
        if len(value) < 40 and value.replace("_", "").isalnum() and radio.count() == 1:
            radio.check()
            continue
        field = page.locator(f"#field-{name}")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def matter_of(page: Page) -> str:
    """The number of the matter that is open."""
    return page.url.rpartition("/matters/")[2].partition("?")[0].partition("#")[0].partition("/")[0]

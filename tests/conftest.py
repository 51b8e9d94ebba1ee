"""Fixtures shared by all tests: the real inputs and the real browser.

Where COMITY_REQUIRE names ``data`` or ``browser`` (comma-separated; CI=true means both), a test that needs one of
them and was skipped fails the whole run: absence is never a pass there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

DATA = Path(os.environ.get("COMITY_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CHROMIUM = Path("/usr/bin/chromium")
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "search")
"""CI says the same of the same tree every time; a developer's run searches further each time."""
REQUIRED = frozenset(
    word.strip()
    for word in os.environ.get("COMITY_REQUIRE", "browser,data" if os.environ.get("CI") == "true" else "").split(",")
    if word.strip() != ""
)
_MARKS = {"data_dir": "data", "chromium": "browser", "browser": "browser"}

_skipped = pytest.StashKey[list[str]]()


def _absent(need: str, says: str) -> None:
    """Fails where the need is required, skips elsewhere."""
    if need in REQUIRED:
        pytest.fail(f"{says} It is required here (COMITY_REQUIRE).", pytrace=False)
    pytest.skip(says)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real inputs; skips where it is absent, fails where it is required."""
    if not DATA.is_dir():
        _absent("data", f"No real inputs at {DATA}; set COMITY_DATA.")
    return DATA


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The path of Debian's Chromium; skips where it is absent, fails where it is required."""
    if not CHROMIUM.exists():
        _absent("browser", f"No Chromium at {CHROMIUM}; install Debian's package chromium.")
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One headless Chromium for the session, driven by Playwright; each test opens its own context."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(chromium), headless=True, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_skipped] = []
    config.pluginmanager.register(_Requirement(config), "comity-requirement")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who uses one of our fixtures carries its mark, said or not."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in _MARKS:
                item.add_marker(_MARKS[name])


class _Requirement:
    """Turns a skipped test that needs something required into a failed run, under xdist too."""

    def __init__(self, config: pytest.Config) -> None:
        self.skipped = config.stash[_skipped]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and len(REQUIRED & set(report.keywords)) > 0:
            self.skipped.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and len(REQUIRED) > 0:  # a module skipped as a whole does not say what it needs
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if len(self.skipped) > 0 and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self.skipped) > 0:
            terminalreporter.section(f"skipped although required here ({', '.join(sorted(REQUIRED))})", red=True)
            for nodeid in sorted(set(self.skipped)):
                terminalreporter.line(nodeid)

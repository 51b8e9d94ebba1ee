"""One step of the set-up: what it is made from, whether it is still good, and how its progress is shown."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMPS = VENV / ".setup"
LOGS = ROOT / ".cache" / "setup"

_BEAT_S = 30.0
_LOG_TAIL = 25


class SetupFailed(Exception):
    """The set-up cannot go on; the text says what failed and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """A named piece of work, good for as long as ``good`` says so.

    ``settle`` is called after ``work`` succeeded and remembers what it was made from.
    """

    title: str
    good: Callable[[], bool]
    work: Callable[[Progress], None]
    settle: Callable[[], None] = lambda: None


def stamped(
    title: str,
    stamp: str,
    work: Callable[[Progress], None],
    *,
    inputs: Sequence[Path | str],
    outputs: Sequence[Path],
) -> Step:
    """A step that is good while its ``inputs`` (files, or plain words) are unchanged and its ``outputs`` exist."""
    mark = STAMPS / stamp

    def good() -> bool:
        with suppress(FileNotFoundError):
            return mark.read_text() == digest(inputs) and all(path.exists() for path in outputs)
        return False

    def settle() -> None:
        STAMPS.mkdir(parents=True, exist_ok=True)
        mark.write_text(digest(inputs))

    return Step(title, good, work, settle)


def digest(inputs: Sequence[Path | str]) -> str:
    """SHA-256 over the contents of files and over words, each with its length."""
    total = hashlib.sha256()
    for item in inputs:
        content = item.read_bytes() if isinstance(item, Path) else item.encode()
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()


class Progress:
    """Shows one step at work: a line that counts the seconds on a terminal, a line every 30 s elsewhere."""

    def __init__(self, place: str, title: str, log: Path, out: TextIO = sys.stderr) -> None:
        self.head = f"[{place}] {title}"
        self.log = log
        self.out = out
        self.began = time.monotonic()
        self._beat = self.began
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")
        if out.isatty():
            self._rewrite(f"{self.head} …")
        else:
            print(f"{self.head} …", file=out, flush=True)

    @property
    def seconds(self) -> int:
        """Whole seconds since the step began."""
        return round(time.monotonic() - self.began)

    def run(self, *argv: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
        """Runs one command with its output in the log; raises SetupFailed with the log's end if it fails."""
        words = [str(word) for word in argv]
        with self.log.open("a") as log:
            log.write("$ " + " ".join(words) + "\n")
            log.flush()
            child = subprocess.Popen(  # noqa: S603 (the words are this package's own)
                words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                while (code := _wait(child, 0.2)) is None:
                    self._show()
            except BaseException:
                child.terminate()
                child.wait()
                raise
        if code != 0:
            raise SetupFailed(self._why(words, code))

    def done(self) -> None:
        """Closes the step's line with its duration."""
        line = f"{self.head}: done in {self.seconds} s"
        if self.out.isatty():
            self._rewrite(line + "\n")
        else:
            print(line, file=self.out, flush=True)

    def _show(self) -> None:
        if self.out.isatty():
            self._rewrite(f"{self.head} … {self.seconds} s  {self._last_line()}")
        elif time.monotonic() - self._beat >= _BEAT_S:
            self._beat = time.monotonic()
            print(f"{self.head} … {self.seconds} s  {self._last_line()}", file=self.out, flush=True)

    def _rewrite(self, line: str) -> None:
        self.out.write(f"\r\x1b[K{line}")
        self.out.flush()

    def _last_line(self) -> str:
        tail = self._tail(1)
        return tail[0][:60] if tail else ""

    def _tail(self, count: int) -> list[str]:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 16_384))
            lines = log.read().decode("utf-8", "replace").splitlines()
        return [line.strip() for line in lines if line.strip() != ""][-count:]

    def _why(self, words: Sequence[str], code: int) -> str:
        tail = "\n".join(f"    {line}" for line in self._tail(_LOG_TAIL))
        return (
            f"{self.head} failed after {self.seconds} s: {words[0]} ended with {code}.\n{tail}\n"
            f"The whole output is in {self.log.relative_to(ROOT)}. What was done stays done: "
            "put the cause right and run the same command again."
        )


def _wait(child: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The child's exit code, or None if it still runs after ``seconds``."""
    with suppress(subprocess.TimeoutExpired):
        return child.wait(seconds)
    return None

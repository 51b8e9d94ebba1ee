"""What commands print: results on stdout, everything else on stderr, JSON where asked, never a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from comity.errors import ComityError

T = TypeVar("T")

DONE, FOUND, USAGE = 0, 1, 2
"""Exit codes: done; findings or refused; wrong use."""


@dataclass(slots=True)
class Settings:
    """What every command is given: the installation's folder, and whether to print JSON."""

    home: Path
    is_json: bool = False


Home = Annotated[Path | None, typer.Option("--home", help="Folder of this installation.", envvar="COMITY_HOME")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""Options that stand before and after every command."""


def settle(ctx: typer.Context, home: Path | None, is_json: bool) -> Settings:
    """The settings of this call; an option after the command prevails over the same one before it."""
    root = ctx.find_root()
    known: Settings = root.obj if isinstance(root.obj, Settings) else Settings(Path.home() / ".comity")
    settings = Settings(home if home is not None else known.home, is_json or known.is_json)
    root.obj = ctx.obj = settings
    return settings


def read_clock() -> datetime:
    """The time of this command, read once."""
    return datetime.now(UTC)


def out(text: str = "", *, style: str = "") -> None:
    """One line of the result; wraps on a terminal only, so that pipes get whole lines."""
    console = Console(highlight=False)
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)


def tell(text: str, *, style: str = "") -> None:
    """One line beside the result."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)


def out_json(value: object) -> None:
    """One JSON document on one line."""
    print(json.dumps(value, ensure_ascii=False))


def tell_json(value: object) -> None:
    """One JSON document on one line, beside the result."""
    print(json.dumps(value, ensure_ascii=False), file=sys.stderr)


def tell_error(error: ComityError, *, is_json: bool) -> None:
    """A refusal in full: what failed, every defect, what was recorded, what to do."""
    if is_json:
        tell_json(error.as_dict())
    else:
        tell(str(error), style="bold red")


def with_bar(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """``items`` with a progress bar on stderr."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, total=total, description=what)


@contextmanager
def steps(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr that is moved to how far the work has come."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def with_spinner(work: Callable[[], T], what: str) -> T:
    """The result of ``work``, with a sign of life on stderr."""
    with Console(stderr=True).status(what):
        return work()

"""``comity demo``: an exercise network on this machine, each node a process of its own.

One supervisor loads the program once and forks it for each node, so all of them stand within seconds. A node that
dies is started again; what it had recorded is there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from comity.bootstrap import Settings, fill_week, found_exercise, open_node, read_settings, utc_now
from comity.cli.output import out, tell, with_spinner
from comity.node import exercise
from comity.web.serve import serve

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

EXERCISE = Path.home() / ".comity/exercise"
WEEK = timedelta(days=7, hours=2)
PATIENCE = 60.0
"""Seconds that a node may take to answer for the first time."""


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where the exercise is kept.")] = EXERCISE,
    port: Annotated[int, typer.Option("--port", help="The first of four ports.")] = exercise.FIRST_PORT,
    without: Annotated[list[str] | None, typer.Option("--without", help="Leave a member off, for example QO.")] = None,
    alone: Annotated[
        str,
        typer.Option("--alone", help="Practise alone at one member, as QM: the others answer."),
    ] = "",
    week: Annotated[bool, typer.Option("--week", help="Play a believable week before it starts.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Stop as soon as every node has answered.")] = False,
) -> None:
    """Starts the exercise and prints where the desks are, and a tour of two minutes."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    is_new = not any(folder.glob("*/node.json"))
    founded = utc_now() - (WEEK if week else timedelta())
    homes = with_spinner(lambda: found_exercise(folder, founded, first_port=port), "Founding the exercise network …")
    if week and is_new:
        with_spinner(lambda: fill_week(homes, founded + timedelta(hours=1)), "Playing the week …")
    files = write_files(folder / "files")
    left = {code.upper() for code in without or ()}
    running = {home: read_settings(home) for home in homes if read_settings(home).member not in left}
    supervisor = _Supervisor(running, alone.upper())
    try:
        supervisor.start()
        with_spinner(supervisor.await_all, "Starting the nodes …")
        _tell_tour(running, files, folder, time.monotonic() - began)
        if not once:
            supervisor.watch()
    except KeyboardInterrupt:
        tell("Stopping.")
    finally:
        supervisor.stop()


def write_files(folder: Path) -> Path:
    """The exercise's files, for the officer to attach: a flight and a portrait."""
    folder.mkdir(exist_ok=True)
    for name in (exercise.FLIGHT_FILE, exercise.REFUGEES_FLIGHT):
        (folder / name).write_bytes(exercise.flight_file(name))
    (folder / "portrait.png").write_bytes(exercise.portrait())
    return folder


class _Supervisor:
    """Forks one process for each node, and another when one of them dies."""

    def __init__(self, running: dict[Path, Settings], alone: str = "") -> None:
        self._running = running
        self._alone = alone
        self._children: dict[int, Path] = {}

    def start(self) -> None:
        """Starts every node."""
        for home in self._running:
            self._fork(home)

    def await_all(self) -> None:
        """Waits until every node has answered once."""
        for settings in self._running.values():
            _await(settings)

    def watch(self) -> None:
        """Starts again whatever dies, until interrupted."""
        signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        while True:
            pid, _ = os.wait()
            home = self._children.pop(pid, None)
            if home is not None:
                tell(f"{self._running[home].host} stopped and is started again.")
                time.sleep(1)
                self._fork(home)

    def stop(self) -> None:
        """Ends every node and waits for it."""
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
        for pid in self._children:
            os.waitpid(pid, 0)
        self._children.clear()

    def _fork(self, home: Path) -> None:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            settings = self._running[home]
            partner = self._alone not in ("", settings.member)
            serve(open_node(home), host=settings.host, port=settings.port, partner=partner)
            os._exit(0)
        self._children[pid] = home


def _await(settings: Settings) -> None:
    """Waits for one node's health page, dialled by number with its host name."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{settings.port}/health", headers={"Host": f"{settings.host}:{settings.port}"}
    )
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(request, timeout=2):  # noqa: S310 (our own node)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise typer.Exit(1)


def _tell_tour(running: dict[Path, Settings], files: Path, folder: Path, seconds: float) -> None:
    where = {settings.member: f"http://{settings.host}:{settings.port}" for settings in running.values()}
    names = {code: name for code, name, *_ in exercise.MEMBERS}
    out(f"The exercise is up ({seconds:.1f} s). Everybody in it is invented.", style="bold")
    for code, url in where.items():
        out(f"  {names[code]:<12} {url}")
    out("")
    out("Two minutes:", style="bold")
    tour = (
        f"At {names['QM']} ({where.get('QM', 'off')}) sign in as duty officer: Send a diffusion, fill in the "
        f"exercise's example, attach {files / 'portrait.png'}, send it to Belmora and Cordia.",
        f"At {names['QN']} ({where.get('QN', 'off')}) sign in as duty officer: open it (not yet reviewed), "
        "acknowledge, take up with a reason.",
        f"Still there, Flights: screen {files / exercise.FLIGHT_FILE}. Sign in as second line and decide each "
        "possible hit with a ground.",
        "Back at Arvenia: withdraw, and watch each member answer by name.",
        f"At Belmora open the proof of the diffusion, save it, and on any machine: "
        f"comity ledger verify proof.json --anchor {folder / 'anchor.json'}",
    )
    for n, line in enumerate(tour, 1):
        out(f"  {n}. {line}")
    out("")
    out("Ctrl-C stops it; started again, it goes on where it was.")

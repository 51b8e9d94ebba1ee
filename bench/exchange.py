"""Diffusions from the sender's form to the recipient's committed receipt, two processes, durable on both ends.

Prints the rate as a share of raw SQLite writing the very same rows (both ends' tables, the same pragmas, 100
diffusions a commit, each end in a process of its own), what dominates it, and what 20 kills of the receiver change.

    python bench/exchange.py [--diffusions 4000] [--rounds 3] [--kills 20]
"""

from __future__ import annotations

import argparse
import atexit
import cProfile
import multiprocessing
import os
import pstats
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pysqlite3 import dbapi2
from sqlalchemy import func, select

from comity import bootstrap
from comity.exchange.transports.http import HttpTransport
from comity.node import delivery, notary
from comity.node.action import Order, open_matters
from comity.node.founding import AgencyPlan, MemberPlan, found_network
from comity.node.node import Node
from comity.node.officer import Officer
from comity.procedures.diffusion.table import V1
from comity.storage import post, schema
from comity.storage.sqlite import PRAGMAS
from comity.web.serve import settle_memory

BATCH = 100
PORTS = {"QM": 18471, "QN": 18472, "QS": 18474}
CONSONANTS = "bdfgklmnprstvz"


def form(n: int) -> dict[str, object]:
    """A form like no other one: another person, document, date and facts each time."""
    name = "".join(CONSONANTS[(n // 14**k) % 14] + "aeiou"[(n // 5**k) % 5] for k in range(5)).capitalize()
    return {
        **V1.example["owner.send"],
        "to": ["QN"],
        "last_name": name,
        "name": f"Ilka {name}",
        "birth_date": f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}",
        "passport": [f"QM{4_000_000 + n}"],
        "facts": f"Case {n}: on 2026-09-03 in Port Almery {name} took delivery of forged vessel registrations.",
    }


OFFICER = Officer("duty", "0" * 16, "QM.bureau", frozenset({"duty_officer"}))


def found(folder: Path) -> None:
    """A network of two members and a secretariat that stays off."""
    plans = tuple(
        MemberPlan(code, code, f"http://127.0.0.1:{port}", (AgencyPlan(f"{code}.bureau", code, bureau=True),), "0")
        for code, port in PORTS.items()
    )
    founded = found_network(plans, reviewer="QS", exercise=True, now=bootstrap.utc_now(), draw=os.urandom)
    for code, port in PORTS.items():
        settings = bootstrap.Settings(code, founded.network, port=port, exercise=True)
        bootstrap.make_home(folder / code, settings, founded, bootstrap.utc_now())


def start_receiver(folder: Path) -> subprocess.Popen[bytes]:
    """The receiving node as a process of its own, by the product's own command."""
    command = [sys.executable, "-m", "comity.cli", "up", str(folder / "QN")]
    receiver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(receiver.kill)
    return receiver


def send(node: Node, count: int, after_batch: Callable[[int], None] = lambda _: None) -> float:
    """Seconds from the first form to the last committed receipt; forms and sending side by side, as in a node."""
    over = threading.Event()
    sender = threading.Thread(target=keep_sending, args=(node, over), daemon=True)
    began = time.perf_counter()
    sender.start()
    for first in range(0, count, BATCH):
        orders = [Order("diffusion", "send", "owner", data=form(n)) for n in range(first, min(first + BATCH, count))]
        open_matters(node, OFFICER, orders, node.clock())
        after_batch(first)
    while waiting(node) > 0:
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    over.set()
    sender.join()
    return seconds


def keep_sending(node: Node, over: threading.Event) -> None:
    """What the node's sender for this peer does."""
    sender = delivery.Sender(node, "QN")
    while not over.is_set():
        if sender.step(node.clock()) != "sent":
            time.sleep(0.01)


def waiting(node: Node) -> int:
    """Envelopes without the receiver's answer."""
    with node.store.read() as unit:
        return sum(count for (peer, _), count in post.backlog(unit).items() if peer == "QN")


def floor(folder: Path, count: int) -> float:
    """Diffusions a second that raw SQLite writes of the same rows, each end in a process of its own."""
    began = time.perf_counter()
    workers = [
        multiprocessing.Process(target=copy_raw, args=(folder / code, folder / f"{code}.raw", count))
        for code in ("QM", "QN")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = [float((folder / f"{code}.raw.seconds").read_text()) for code in ("QM", "QN")]
    return count / max(*seconds, 1e-9) if time.perf_counter() > began else 0.0


def copy_raw(home: Path, target: Path, count: int) -> None:
    """Writes the rows of one node again, in the order and the commits of its batches, with nothing else to do."""
    source = dbapi2.connect(str(home / "comity.sqlite"))
    keys = dbapi2.connect(str(home / "keys/parts.sqlite"))
    plans = []
    tables = [
        (source, t)
        for t in (
            "act",
            "act_part",
            "part",
            "statement",
            "matter",
            "participant",
            "track",
            "effect",
            "outbox",
            "delivery",
            "receipt",
            "leaf",
            "tree_node",
        )
    ] + [(keys, "part_key")]
    out = dbapi2.connect(str(target), isolation_level=None)
    for name, value in PRAGMAS.items():
        out.execute(f"PRAGMA {name}={value}").fetchall()
    for database, table in tables:
        for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE tbl_name=? AND sql NOT NULL", (table,)):
            out.execute(sql)
        rows = database.execute(f"SELECT * FROM {table}").fetchall()
        if len(rows) > 0:
            plans.append((f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows))
    commits = max(1, count // BATCH)
    began = time.perf_counter()
    for n in range(commits):
        out.execute("BEGIN IMMEDIATE")
        for sql, rows in plans:
            out.executemany(sql, rows[n * len(rows) // commits : (n + 1) * len(rows) // commits])
        out.execute("COMMIT")
    target.with_suffix(".raw.seconds").write_text(str(time.perf_counter() - began))


def check(folder: Path, count: int) -> str:
    """Whether everything arrived once, by what the receiver holds."""
    node = bootstrap.open_node(folder / "QN")
    with node.store.read() as unit:
        matters = unit.execute(select(func.count()).select_from(schema.matter)).scalar_one()
        acts = unit.execute(select(func.count()).select_from(schema.act)).scalar_one()
        leaves = unit.execute(
            select(func.count()).select_from(schema.leaf).where(schema.leaf.c.log == "pair-qm")
        ).scalar_one()
    good = all(report.difference is None for report in notary.audit(node))
    bootstrap.close_node(node)
    whole = matters == count and acts == count and leaves == count and good
    verdict = "nothing lost, nothing doubled" if whole else "NOT WHOLE"
    return f"{matters} of {count} matters, {acts} of {count} acts, {leaves} ledger entries: {verdict}"


def run(count: int, rounds: int) -> None:
    """Rounds of the road beside its floor, and what dominates the sender."""
    settle_memory()
    shares = sorted(one_round(count, last=n == rounds - 1) for n in range(rounds))
    print(f"median share of {rounds} rounds {shares[len(shares) // 2]:.2f}  (from {shares[0]:.2f} to {shares[-1]:.2f})")


def one_round(count: int, *, last: bool) -> float:
    """The road, then raw SQLite on the rows that it left; the share of the one in the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found(folder)
        receiver = start_receiver(folder)
        node = bootstrap.open_node(folder / "QM", transport=HttpTransport())
        send(node, BATCH)
        rate = count / send(node, count)
        receiver.send_signal(signal.SIGTERM)
        receiver.wait()
        raw = floor(folder, count + BATCH)
        print(f"form to committed receipt {rate:6.0f} diffusions/s; raw SQLite {raw:6.0f}; share {rate / raw:.2f}")
        if last:
            dominates(node)
        bootstrap.close_node(node)
    return rate / raw


def dominates(node: Node) -> None:
    """Where the sender's time goes, of one batch of forms."""
    profile = cProfile.Profile()
    profile.enable()
    open_matters(node, OFFICER, [Order("diffusion", "send", "owner", data=form(n)) for n in range(BATCH)], node.clock())
    profile.disable()
    stats = pstats.Stats(profile)
    names = {
        "forms and checks": "_checked",
        "parts sealed": "seal_draft",
        "folds": "fold",
        "signing": "sign_act",
        "recording": "record",
        "writing rows": "write",
    }
    for what, name in names.items():
        spent = max((row[3] for key, row in stats.stats.items() if key[2] == name), default=0.0)  # type: ignore[attr-defined]
        print(f"  {what:<18} {100 * spent / stats.total_tt:5.0f} %")  # type: ignore[attr-defined]


def with_kills(count: int, kills: int) -> None:
    """The receiver is killed again and again under load; nothing is lost and nothing doubled."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found(folder)
        receivers = [start_receiver(folder)]
        node = bootstrap.open_node(folder / "QM", transport=HttpTransport())
        every = max(1, count // BATCH // max(1, kills))
        done = [0]

        def strike(first: int) -> None:
            if (first // BATCH) % every == 0 and done[0] < kills:
                done[0] += 1
                receivers[-1].send_signal(signal.SIGKILL)
                receivers[-1].wait()
                receivers.append(start_receiver(folder))

        seconds = send(node, count, strike)
        receivers[-1].send_signal(signal.SIGTERM)
        receivers[-1].wait()
        bootstrap.close_node(node)
        print(f"with {done[0]} kills of the receiver: {count / seconds:.0f} diffusions/s; {check(folder, count)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--diffusions", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    arguments = parser.parse_args()
    run(arguments.diffusions, arguments.rounds)
    if arguments.kills > 0:
        with_kills(arguments.diffusions, arguments.kills)

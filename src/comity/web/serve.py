"""Running one node: its workers and its desk in one process, stopped in order."""

from __future__ import annotations

import gc
import signal
import threading

import uvicorn

from comity.bootstrap import close_node
from comity.node.at_hand import warm
from comity.node.node import Node
from comity.node.workers import Workers
from comity.web.app import create_app

LOOPBACK = "127.0.0.1"
GRACE = 10
"""Seconds that requests may take to end when the node is stopped."""


def serve(node: Node, *, host: str = LOOPBACK, port: int, partner: bool = False) -> None:
    """Serves until interrupted. Names under ``.localhost`` are bound to loopback and answered under their name.

    With ``partner``, the exercise's partner answers at this member's desk by itself.
    """
    named = host.endswith(".localhost") or host == "localhost"
    config = uvicorn.Config(
        create_app(node, hosts=(host,)),
        host=LOOPBACK if named else host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )
    settle_memory()
    workers = Workers(node, lambda: forget(node), partner=partner)
    _let_us_end()
    warm(node)
    workers.start()
    try:
        uvicorn.Server(config).run()
    finally:
        workers.stop()
        close_node(node)


def settle_memory() -> None:
    """Lets the collector pass over what was loaded at the start, and run less often: a node makes many small
    values at once and few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 25, 25)


def _let_us_end() -> None:
    """The server raises the signal that stopped it once more at its end; by then ours must do nothing, or the
    process would die before its workers and files are closed."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda _number, _frame: None)


def forget(node: Node) -> None:
    """Drops what was built in memory from content that may be hidden now."""
    node.screens.forget()

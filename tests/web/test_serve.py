"""A node as a process: it answers, and ends in order when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.federation import federation

PROGRAM = """
import sys
from pathlib import Path
from comity.bootstrap import open_node
from comity.web.serve import serve
serve(open_node(Path(sys.argv[1])), host="arvenia.localhost", port=int(sys.argv[2]))
print("ended in order")
"""


def test_a_node_answers_and_ends_in_order_when_told_to(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        world.crash("QM")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "QM"), str(port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            assert _healthy(port) == "ok"
        finally:
            os.kill(process.pid, signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert out.decode().strip() == "ended in order", err.decode()
        assert process.returncode == 0


def _healthy(port: int) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": f"arvenia.localhost:{port}"})
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    return "no answer"

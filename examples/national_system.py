"""A reference client of the recall webhook: what a national system does when it is told of a recall.

It checks the signature over the exact bytes, erases every copy that it knows by the matter, the acts or the
references named, and only then answers, signed, that it erased and when. The same recall again gets the same answer.
Nothing but Python's own library is needed: ``python examples/national_system.py PORT SECRET_FILE``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LIMIT = 1 << 20


class Register:
    """The system's own copies, by the reference that it kept with each; a real one is a database."""

    def __init__(self) -> None:
        self.copies: dict[str, str] = {}
        self.answered: dict[str, bytes] = {}

    def erase(self, told: dict[str, Any]) -> None:
        """Erases what the recall names."""
        for name in (told["matter"], *told["acts"], *told["references"]):
            self.copies.pop(name, None)


def answer_to(
    register: Register, secret: bytes, body: bytes, signature: str, now: datetime
) -> tuple[bytes, str] | None:
    """(answer, its signature), or None for a call that our node did not sign."""
    expected = hmac.new(secret, b"comity-recall-1\n" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        return None
    told = json.loads(body)
    if told["recall"] not in register.answered:
        register.erase(told)
        at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {"recall": told["recall"], "erased": True, "at": at}
        register.answered[told["recall"]] = json.dumps(said).encode()
    answer = register.answered[told["recall"]]
    return answer, hmac.new(secret, b"comity-recalled-1\n" + answer, hashlib.sha256).hexdigest()


def serve(port: int, secret: bytes, register: Register, clock: Callable[[], datetime]) -> ThreadingHTTPServer:
    """A server on this machine that answers recalls; the caller runs it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """One recall."""
            body = self.rfile.read(min(int(self.headers.get("content-length", "0")), LIMIT))
            made = answer_to(register, secret, body, self.headers.get("comity-signature", ""), clock())
            self.send_response(200 if made is not None else 403)
            if made is not None:
                self.send_header("comity-signature", made[1])
            self.send_header("content-length", str(0 if made is None else len(made[0])))
            self.end_headers()
            if made is not None:
                self.wfile.write(made[0])

        def log_message(self, *_: object) -> None:
            """Nothing is written to the console."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    serve(
        int(sys.argv[1]), Path(sys.argv[2]).read_bytes().strip(), Register(), lambda: datetime.now(UTC)
    ).serve_forever()

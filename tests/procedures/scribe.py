"""Writes headers of a diffusion as its parties would, and as a liar would; no node, no signature, real digests."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any

from comity.model.act import FORMAT, Header, digest_of, matter_id
from comity.model.canon import encode
from comity.procedures.diffusion.table import V1
from comity.procedures.machine import MatterView, fold

OWNER, FEDERAL, PARTY, OTHER, REVIEWER = "QM.bureau", "QM.federal", "QN.bureau", "QO.bureau", "QS.bureau"


@dataclass
class Scribe:
    """One matter; ``acts`` is everything that anybody ever wrote in it, by digest, in the order written."""

    seed: int = 0
    nonce: str = "0" * 32
    acts: dict[str, Header] = field(default_factory=dict)

    def write(
        self,
        track: str,
        step: str,
        agency: str,
        *,
        prev: str = "",
        seen: tuple[str, ...] = (),
        officer: str = "1" * 16,
        nonce: str | None = None,
        version: int = 1,
        **terms: Any,
    ) -> str:
        """One header; an empty ``prev`` is 32 random bytes."""
        n = len(self.acts)
        random_bytes = hashlib.sha256(f"{self.seed}:{n}".encode()).hexdigest()
        spoken = {"nonce": self.nonce if nonce is None else nonce} if step in ("send", "settle") else {}
        header = Header(
            format=FORMAT,
            network="a" * 32,
            id=random_bytes[:32],
            matter=matter_id(OWNER, self.nonce),
            track=track,
            procedure="diffusion",
            version=version,
            step=step,
            prev=prev or random_bytes,
            seen=seen,
            agency=agency,
            key="act-1",
            officer=officer,
            time="2026-11-22T09:00:00Z",
            terms={**spoken, **terms},
        )
        digest = digest_of(encode(header))
        self.acts[digest] = header
        return digest

    def view(self, *left_out: str) -> MatterView:
        """What somebody shows who holds everything but ``left_out``."""
        return fold(V1, {d: h for d, h in self.acts.items() if d not in left_out}, "QS")


def random_history(rng: random.Random, length: int) -> Scribe:
    """A history with honest steps, forks, crossings, strangers, hand-overs and lies."""
    scribe = Scribe(seed=rng.randrange(1 << 30))
    heads: dict[str, list[str]] = {}
    steps = [(s.on, s.name, s.opens) for s in V1.steps]
    agencies = {"owner": OWNER, "line": OWNER, "reply": PARTY, "review": REVIEWER}
    for _ in range(length):
        on, name, opens = rng.choice(steps)
        party = rng.choice(("QN", "QO"))
        track = f"{on}/{party}" if on in ("line", "reply") else on
        agency = f"{party}.bureau" if on == "reply" else agencies[on]
        if rng.random() < 0.15:
            agency = rng.choice((OWNER, FEDERAL, PARTY, OTHER, REVIEWER))
        known = heads.setdefault(track, [])
        prev = ""
        if not opens and len(known) > 0:
            prev = known[-1] if rng.random() < 0.8 else rng.choice(known)
        everything = list(scribe.acts)
        seen = tuple(sorted(rng.sample(everything, min(len(everything), rng.randrange(3)))))
        terms = {"to": rng.choice((FEDERAL, OWNER))} if name == "offer" else {}
        known.append(scribe.write(track, name, agency, prev=prev, seen=seen, **terms))
    return scribe

"""Quality beside the peer's on the same rows: ``python -m bench.quality [pairs] [TASK…]``; prints both sides.

Ours is given the threshold at which it raises no more alarms than the peer at its usual 0.7.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Sequence

from bench.quality import peer
from bench.quality.tasks import TASKS, Task, labelled

from comity.matching.names.likeness import compare_names
from comity.matching.screening.index import Index
from comity.matching.subject import subject_of, subjects_of

PEER_THRESHOLD = 0.7
TOP_BAND = 2.2
"""Evidence from which a hit is in the top band: the log-odds of a score of 0.9."""
OURS = 0.7
Answers = Sequence[Sequence[tuple[str, float]]]


def auc(scores: Sequence[float], same: Sequence[bool]) -> float:
    """The chance that a same pair scores above another; ties count half."""
    yes = [s for s, is_same in zip(scores, same, strict=True) if is_same]
    no = [s for s, is_same in zip(scores, same, strict=True) if not is_same]
    won = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return won / (len(yes) * len(no))


def f1(scores: Sequence[float], same: Sequence[bool], threshold: float) -> tuple[float, int, int]:
    """F1, false hits and misses at a threshold."""
    hits = [s >= threshold for s in scores]
    both = sum(h and s for h, s in zip(hits, same, strict=True))
    false, missed = sum(hits) - both, sum(same) - both
    return (2 * both / (2 * both + false + missed) if both > 0 else 0.0), false, missed


def pair_scores() -> list[float]:
    """Our score of each labelled pair: that of its names, whether or not the rule of candidates lets them through."""
    made = []
    for schema, first, second, _, _ in labelled():
        query, match = (subject_of({"id": i, "schema": schema, "properties": {"name": [n]}})
                        for i, n in (("q", first), ("m", second)))  # fmt: skip
        found = (compare_names(mine, theirs).evidence for mine in query.names for theirs in match.names)
        most = max(found, default=-20.0)
        made.append(1.0 / (1.0 + math.exp(-most)))
    return made


def show_pairs() -> None:
    """Labelled name pairs at one fixed threshold."""
    rows = labelled()
    same = [row[3] for row in rows]
    strong = [row[4] == "STRONG" for row in rows]
    for name, scores in (("peer", peer.pairs(rows)), ("comity", pair_scores())):
        value, false, missed = f1(scores, same, OURS if name == "comity" else PEER_THRESHOLD)
        wrong = sum(s and (score >= 0.7) != yes for s, score, yes in zip(strong, scores, same, strict=True))
        best = max((f1(scores, same, t / 100)[0], t / 100) for t in range(1, 100))
        print(
            f"pairs  {name:7} F1 {value:.3f} (best {best[0]:.3f} at {best[1]:.2f})  AUC {auc(scores, same):.3f}"
            f"  false {false} missed {missed}  wrong among STRONG {wrong}"
        )


def screen(task: Task) -> Answers:
    """Our answers, as :func:`bench.quality.peer.screen` gives the peer's."""
    index = Index.build(subjects_of(task.entries))
    names = [(name, schema) for name, schema, _ in task.asked] + [(name, "Person") for name in task.innocents]
    found = []
    for number, (name, schema) in enumerate(names):
        query = subject_of({"id": f"q{number}", "schema": schema, "properties": {"name": [name]}})
        pairs = [(subject.id, compared.evidence) for subject, compared in index.compared(query)]
        found.append(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    return found


def alarms(task: Task, answers: Answers, threshold: float) -> int:
    """Innocents with any hit."""
    return sum(len(found) > 0 and found[0][1] >= threshold for found in answers[len(task.asked) :])


def recall(task: Task, answers: Answers, threshold: float) -> float:
    """The share of queries whose true entry is hit."""
    hit = sum(
        any(ident == true and score >= threshold for ident, score in found)
        for (_, _, true), found in zip(task.asked, answers, strict=False)
    )
    return hit / len(task.asked)


def relatives(task: Task, answers: Answers, threshold: float) -> float:
    """The share of queries where another entry of the same list stands above the true one."""
    above = 0
    for (_, _, true), found in zip(task.asked, answers, strict=False):
        own = [(ident, score) for ident, score in found if ident[:3] == true[:3] and score >= threshold]
        above += (
            len(own) > 1
            and any(ident == true for ident, _ in own)
            and own[0][0] != true
            and (own[0][1] > next(score for ident, score in own if ident == true))
        )
    return above / len(task.asked)


def ties(answers: Answers) -> float:
    """The share of top-band answers, the best hit of each query, whose evidence equals that of another query's."""
    top = [found[0][1] for found in answers if len(found) > 0 and found[0][1] >= TOP_BAND]
    counted = Counter(top)
    return sum(count for count in counted.values() if count > 1) / max(1, len(top))


def at_most(task: Task, answers: Answers, most: int) -> float:
    """The least threshold that raises no more than ``most`` alarms."""
    tops = sorted((found[0][1] for found in answers[len(task.asked) :] if len(found) > 0), reverse=True)
    return tops[most] + 1e-9 if len(tops) > most else -1e9


def show(task: Task) -> None:
    """One task, both sides."""
    theirs = peer.screen(task)
    start = time.perf_counter()
    ours = screen(task)
    took = time.perf_counter() - start
    n = alarms(task, theirs, PEER_THRESHOLD)
    print(f"{task.name}: {len(task.asked)} asked, {len(task.innocents)} innocents; {took:.0f} s")
    print(f"   peer    {recall(task, theirs, PEER_THRESHOLD):.3f} at {n} alarms")
    for most in sorted({n, 5, 10, 19}):
        least = at_most(task, ours, most)
        print(
            f"   comity  {recall(task, ours, least):.3f} at {most} alarms (evidence {least:.2f});"
            f" another entry above {relatives(task, ours, least):.3f}"
        )
    print(f"   comity  {ties(ours):.1%} of the best hits in the top band tie with another query's")
    fixed = 0.847
    print(f"   comity  {recall(task, ours, fixed):.3f} at {alarms(task, ours, fixed)} alarms (score 0.7)")


def main() -> None:
    """The tasks named on the command line, or all."""
    chosen = sys.argv[1:] or ["pairs", *TASKS]
    if "pairs" in chosen:
        show_pairs()
    for name in chosen:
        if name != "pairs":
            show(TASKS[name]())


if __name__ == "__main__":
    main()

"""``python3 -m setup demo|lint|test``: runs the steps that a target needs and that are not done yet."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Sequence

from setup.debian import BROWSER, BUILD, PAPER, Need, install, missing
from setup.environment import dev_packages, kernels, packages, project, virtual_environment
from setup.frontend import frontend
from setup.step import LOGS, ROOT, Progress, SetupFailed, Step


def steps_for(target: str) -> tuple[Step, ...]:
    """The steps of one target, in order; the system's own packages first."""
    base = (virtual_environment(), packages(), project())
    extra = {
        "demo": (frontend(), kernels()),
        "lint": (dev_packages(),),
        "test": (frontend(), dev_packages(), kernels()),
    }[target]
    built = all(step.good() for step in base)
    needs = (() if built else BUILD) + ((*BROWSER, *PAPER) if target == "test" else ())
    return (_system(needs), *base, *extra)


def _system(needs: Sequence[Need]) -> Step:
    return Step("System packages", lambda: len(missing(needs)) == 0, lambda progress: install(needs, progress))


def run(target: str) -> None:
    """Runs what is not done yet, each step under its number."""
    steps = steps_for(target)
    for number, step in enumerate(steps, start=1):
        if step.good():
            continue
        log = LOGS / f"{number}-{step.title.lower().replace(' ', '-')}.log"
        progress = Progress(f"{number}/{len(steps)}", step.title, log)
        step.work(progress)
        step.settle()
        progress.done()


def main(words: Sequence[str]) -> int:
    """Exit 0 when everything is there, 1 when the set-up stopped, 2 on a wrong target."""
    if len(words) != 1 or words[0] not in ("demo", "lint", "test"):
        print("usage: python3 -m setup demo|lint|test", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        with (LOGS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs in one checkout take turns
            run(words[0])
    except SetupFailed as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. Run the same command again in {ROOT} to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

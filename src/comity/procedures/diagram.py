"""State diagrams of a procedure, one for each track, drawn from its table (Mermaid text)."""

from __future__ import annotations

from comity.procedures.table import Procedure, Step, Track


def diagram(procedure: Procedure, track: Track) -> str:
    """The state diagram of one track."""
    rows = ["stateDiagram-v2", f"  [*] --> {track.start}"]
    for step in procedure.steps:
        if step.on == track.name:
            rows.extend(_arrows(track, step))
    rows.extend(f"  {state} --> [*]" for state in track.final)
    return "\n".join(rows) + "\n"


def _arrows(track: Track, step: Step) -> list[str]:
    label = f"{step.name} ({step.rank.kind})" if step.rank.kind != "neutral" else step.name
    label = f"{label}, fact" if step.fact else label
    sources = (track.start,) if step.opens else step.frm
    return [f"  {source} --> {step.to or source}: {label}" for source in sources]

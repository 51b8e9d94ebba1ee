"""``comity ledger``: verify the ledger or somebody's proof, issue a proof, sign a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.bootstrap import close_node, open_node
from comity.cli.output import DONE, FOUND, Home, Json, out, out_json, read_clock, settle, tell, with_spinner
from comity.errors import Defect, InputRefused
from comity.node.certificate import certify, read_anchor
from comity.node.notary import audit, issue_checkpoints, prove
from comity.storage import log

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def ledger() -> None:
    """The ledger: verify, prove, checkpoint."""


@app.command()
def verify(
    ctx: typer.Context,
    proof: Annotated[Path | None, typer.Argument(help="A proof to verify; without it, this node's own ledger.")] = None,
    anchor: Annotated[Path | None, typer.Option("--anchor", help="anchor.json of the proof's network.")] = None,
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Verifies every log of this node, or a proof from anywhere, offline."""
    settings = settle(ctx, home, is_json)
    if proof is not None:
        _verify_proof(proof, anchor, is_json=settings.is_json)
        return
    node = open_node(settings.home)
    try:
        reports = with_spinner(lambda: audit(node), "Verifying …")
    finally:
        close_node(node)
    if settings.is_json:
        rows = [{"log": r.log, "size": r.size, "root": r.root.hex(), "good": r.difference is None} for r in reports]
        out_json([{**row, "says": r.says} for row, r in zip(rows, reports, strict=True)])
    else:
        for report in reports:
            out(report.says, style="" if report.difference is None else "bold red")
        if len(reports) == 0:
            out("The ledger has no entry yet.")
    raise typer.Exit(DONE if all(report.difference is None for report in reports) else FOUND)


def _verify_proof(proof: Path, anchor: Path | None, *, is_json: bool) -> None:
    if anchor is None:
        says = "A proof is verified against an anchor that you got by another way."
        remedy = "Add --anchor anchor.json, from the secretariat."
        raise InputRefused(says, [Defect("proof.anchor", says, remedy, file=proof.name)])
    certified = certify(_read(proof), read_anchor(_read(anchor), file=anchor.name))
    if is_json:
        out_json(
            {
                "good": True,
                "shows": certified.report.shows,
                "limits": certified.report.limits,
                "certificate": certified.certificate,
            }
        )
        return
    if len(certified.certificate) > 0:
        out("Certificate of erasure", style="bold")
        for line in certified.certificate:
            out(line)
        return
    out(certified.report.text())


@app.command(name="prove")
def prove_act(
    ctx: typer.Context,
    act: Annotated[str, typer.Argument(help="Digest of the act, 64 hex digits.")],
    to: Annotated[Path, typer.Option("--out", help="Where to write the proof.")] = Path("proof.json"),
    home: Home = None,
    is_json: Json = False,
) -> None:
    """Writes a portable proof of what this node's ledger says of one act."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        raw = prove(node, act, read_clock())
    finally:
        close_node(node)
    to.write_bytes(raw)
    if settings.is_json:
        out_json({"proof": str(to), "bytes": len(raw)})
    else:
        out(f"{to}: {len(raw)} bytes. Verify anywhere: comity ledger verify {to} --anchor anchor.json")


@app.command()
def checkpoint(ctx: typer.Context, home: Home = None, is_json: Json = False) -> None:
    """Signs a checkpoint of each log that has grown, and prints the newest of each."""
    settings = settle(ctx, home, is_json)
    node = open_node(settings.home)
    try:
        issue_checkpoints(node, read_clock())
        with node.store.read() as unit:
            notes = {name: log.last_checkpoint(unit, name) for name in sorted(log.heads(unit))}
    finally:
        close_node(node)
    for name, found in notes.items():
        if found is None:
            continue
        if settings.is_json:
            out_json({"log": name, "size": found[0], "note": found[1].decode()})
        else:
            tell(f"{name}, {found[0]} entries", style="bold")
            out(found[1].decode())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        says = f"{path} cannot be read: {error.strerror}."
        raise InputRefused(says, [Defect("file.unreadable", says, "Check the path.", file=path.name)]) from error

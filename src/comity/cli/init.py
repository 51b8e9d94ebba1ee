"""``comity init``: the folder of a node of one's own, with its keys, in a live network of one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from comity.bootstrap import Settings, found_own
from comity.cli.output import out, read_clock
from comity.errors import Defect, InputRefused, RuleRefused
from comity.model.track import MEMBER
from comity.node.founding import AgencyPlan, MemberPlan

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_URL = re.compile(r"https?://[A-Za-z0-9.:_\[\]-]{1,200}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.", metavar="DIR")],
    member: Annotated[str, typer.Option("--member", help="The member's code: two capital letters.")],
    name: Annotated[str, typer.Option("--name", help="The member's name as others read it.")],
    url: Annotated[str, typer.Option("--url", help="Where the node answers.")] = "http://127.0.0.1:8470",
    phone: Annotated[str, typer.Option("--phone", help="The duty desk's number.")] = "",
) -> None:
    """Makes a node's folder and keys. It stands alone until it joins a network with others."""
    if (folder / "node.json").exists():
        raise RuleRefused(f"There is a node in {folder} already.", rule="home.taken", remedy="Choose another folder.")
    defects = [
        Defect("init.member", f"{member!r} is no member code.", "Two capital letters, as in QM.", field="member")
        for _ in (() if MEMBER.fullmatch(member) is not None else (0,))
    ]
    if _URL.fullmatch(url) is None:
        defects.append(Defect("init.url", f"{url!r} is no address.", "Write http://host:port.", field="url"))
    if len(defects) > 0:
        raise InputRefused("The node was not made.", defects)
    split = urlsplit(url)
    agencies = (AgencyPlan(f"{member}.bureau", f"{name} National Bureau", bureau=True),)
    plan = MemberPlan(member, name, url, agencies, phone)
    found_own(folder, plan, Settings(member, "", split.hostname or "127.0.0.1", split.port or 8470), read_clock())
    out(f"{name} ({member}) is ready in {folder}. Its private keys lie in {folder / 'keys'}: keep a copy apart.")
    out(f"Next: comity accounts add LOGIN --role duty_officer --home {folder}, then comity up {folder}")

"""The record that a document hit is about, as its checks may know it: whose it is, and whether the register says it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from comity.model.travel_document import Document
from comity.node.node import Node
from comity.node.opening import opened_parts
from comity.node.register import look_up
from comity.node.signing import Standing
from comity.procedures.form import Filled
from comity.storage import acts as act_rows

HIT, RECORD = "document_hit", "travel_document"


def record_of(node: Node, unit: Connection, standing: Standing, filled: Filled) -> dict[str, Any]:
    """Facts of the record: ``record_matter``, ``record_owner``, and ``record_says``: whether the register says it, now,
    of the number that was told. Nothing where the matter is no document hit, or the record is not here."""
    if standing.procedure.kind != HIT:
        return {}
    told = {digest: header for digest, header in standing.headers.items() if header.step == "tell"}
    abouts = [filled.text("about"), *(str(header.terms.get("about", "")) for header in told.values())]
    about = next((one for one in abouts if one != ""), "")
    row = act_rows.matter_rows(unit, [about]).get(about) if about != "" else None
    if row is None or row["procedure"] != RECORD:
        return {}
    owner = str(row["owner_member"])
    forms = [dict(filled.values), *((content.form or {}) for _, content in opened_parts(node, unit, told))]
    asked = next((form for form in forms if "number" in form and "kind" in form), {})
    document = Document(str(asked.get("kind", "")), owner.lower(), str(asked.get("number", "")))
    says = any(one.matter == about for one in look_up(node, [document])[0])
    return {"record_matter": about, "record_owner": owner, "record_says": says}

"""The clocks of a matter as one member sees them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.federation import Federation

from comity.node.due import DueLine, dues_of
from comity.node.query import holdings
from comity.storage import acts as act_rows


def clocks(world: Federation, member: str, matter: str) -> Mapping[str, DueLine]:
    """The clocks of a matter as one member sees them, by code and party."""
    node = world.nodes[member]
    with node.store.read() as unit:
        held = holdings(node, unit, [act_rows.matter_rows(unit, [matter])[matter]])[0]
    return {f"{line.code} {line.party}": line for line in dues_of(node, held)}

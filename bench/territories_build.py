"""Makes the packaged table of the names of countries from those of the installed rigour.

python -m bench.territories_build          writes src/comity/model/places/territory-names.tsv
"""

from __future__ import annotations

import sys
from pathlib import Path

from rigour.territories.lookup import _get_territory_names

from comity.model.territory import TABLE, names_digest

TARGET = Path(__file__).parent.parent / "src/comity/model" / TABLE


def table() -> str:
    """One line a code, its names behind it; those of places that the vocabulary has no code for come first."""
    names: dict[str, list[str]] = {}
    for name, territory in _get_territory_names().items():
        names.setdefault(territory.ftm_country or "", []).append(name)
    lines = ("\t".join((code, *sorted(found))) for code, found in sorted(names.items()))
    return "\n".join((f"# {names_digest()}", *lines)) + "\n"


def main() -> None:
    """Writes the table."""
    TARGET.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()

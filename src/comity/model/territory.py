"""The code of a country by any of its names, as the vocabulary gives it, without reading the names anew each time.

rigour makes its table of 25,000 names when it is first asked, which takes longer than to read a list. The table is
packaged here as it was made (``python -m bench.territories_build``), under the digest of the names it was made from;
another release of rigour with other names is asked itself.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache

from followthemoney.types import registry
from followthemoney.util import sanitize_text
from rigour._core import territories_jsonl
from rigour.territories import lookup_by_identifier
from rigour.territories.util import normalize_territory_name

from comity.model.packaged import packaged_text

TABLE = "places/territory-names.tsv"


@lru_cache(maxsize=1 << 15)
def country_code(text: str) -> str | None:
    """The vocabulary's code of the country that ``text`` is a code or a name of; None for anything else."""
    plain = sanitize_text(text)
    if plain is None:
        return None
    found = lookup_by_identifier(plain)
    if found is not None:
        code: str | None = found.ftm_country
        return code
    names = _names()
    if names is None:
        asked: str | None = registry.country.clean(text)
        return asked
    return names.get(normalize_territory_name(plain)) or None


def names_digest() -> str:
    """The digest of the names that the installed rigour has."""
    return hashlib.sha256(territories_jsonl().encode("utf-8")).hexdigest()


@cache
def _names() -> dict[str, str] | None:
    """Codes by the name as rigour compares it; None where the table was made from other names."""
    head, *lines = packaged_text("comity.model", TABLE).splitlines()
    if head.removeprefix("# ") != names_digest():
        return None
    return {name: code for code, *names in (line.split("\t") for line in lines) for name in names}

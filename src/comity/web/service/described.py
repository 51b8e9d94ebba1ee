"""How ``/api/v1/check`` is described in OpenAPI: its body, its answer and its refusals."""

from __future__ import annotations

from typing import Any

from comity.model.travel_document import KINDS, STATES


def _texts(says: str) -> dict[str, Any]:
    either: list[dict[str, Any]] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    return {"description": says, "oneOf": either}


def _object(properties: dict[str, Any], *required: str, closed: bool = False) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "object", "properties": properties}
    if len(required) > 0:
        shape["required"] = list(required)
    return {**shape, "additionalProperties": False} if closed else shape


def _list(of: dict[str, Any], says: str = "", most: int = 0) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "array", "items": of, "description": says}
    return {**shape, "maxItems": most} if most > 0 else shape


_TEXT: dict[str, Any] = {"type": "string"}
_OUTCOME: dict[str, Any] = {
    "type": "string",
    "enum": ["hit", "none", "not_checked"],
    "description": "A possible hit; nothing found; or not checked, which is never the second.",
}
_ID = {"type": "string", "maxLength": 64, "description": "Your own name for it; no personal data."}
_PERSON = _object(
    {
        "id": _ID,
        "name": _texts("One name, or several."),
        "names": _texts("Names, as they are written."),
        "first_name": _texts("Given names, where the whole name is not given."),
        "last_name": _texts("Family names, where the whole name is not given."),
        "birth_date": _texts("ISO date, as far as it is known: 1971-03-12, 1971-03 or 1971."),
        "nationality": _texts("Countries in two or three letters."),
        "sex": {"type": "string", "enum": ["M", "F", "X"]},
        "identifiers": _texts("Numbers of passports and identity cards."),
        "lists": _texts("Only these lists; all if left out."),
    },
    closed=True,
)
_DOCUMENT = _object(
    {
        "id": _ID,
        "kind": {"type": "string", "description": "; ".join(f"{code}: {title}" for code, title in KINDS)},
        "country": {"type": "string", "description": "The issuing country in two or three letters."},
        "number": {"type": "string", "description": "As printed."},
        "mrz": {"type": "string", "description": "The machine-readable zone in place of the three, line by line."},
    },
    closed=True,
)
_BODY = _object(
    {
        "purpose": {"type": "string", "description": "One of the key's purposes; its first one if left out."},
        "persons": _list(_PERSON, "Asked of the lists of reference; the key's scope is screen.", 100),
        "documents": _list(_DOCUMENT, "Asked of the register; the key's scope is documents.", 1000),
        "threshold": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.7},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50, "default": 5},
    },
    closed=True,
)
_NOT_ASKED = _list(_object({"list": _TEXT, "why": _TEXT}), "Lists that could not be asked.")
_HIT = _object(
    {
        "list": _TEXT,
        "list_version": _TEXT,
        "match": {"type": "string", "description": "The id of the entity in the list."},
        "caption": _TEXT,
        "score": {"type": "number", "description": "Evidence at an even prior; not the chance that it is the same."},
        "reasons": _list(_object({"feature": _TEXT, "says": _TEXT, "weight": {"type": "number"}})),
        "model": _TEXT,
    }
)
_FINDING = _object(
    {
        "state": {"type": "string", "enum": [code for code, _ in STATES]},
        "country": _TEXT,
        "said_on": {"type": ["string", "null"], "description": "The day of the report, if it is known."},
        "owner": {"type": "string", "description": "The member that reported it and confirms it."},
        "owner_name": _TEXT,
        "matter": {"type": "string", "description": "The matter to name to the owner."},
        "blank_range": {"type": "boolean", "description": "Whether a range of blanks holds it."},
    }
)
_ANSWER = _object(
    {
        "check": {"type": "string", "description": "The number of this call, as later events name it."},
        "at": {"type": "string", "format": "date-time"},
        "hit": {"type": ["boolean", "null"], "description": "Null where something was not checked and nothing hit."},
        "checked": {"type": "boolean", "description": "Whether everything could be asked."},
        "persons": _list(
            _object({"id": _TEXT, "outcome": _OUTCOME, "says": _TEXT, "hits": _list(_HIT), "not_asked": _NOT_ASKED})
        ),
        "documents": _list(
            _object(
                {
                    "id": _TEXT,
                    "outcome": _OUTCOME,
                    "says": _TEXT,
                    "findings": _list(_FINDING),
                    "doubts": _list(_object({"field": _TEXT, "says": _TEXT, "mark": _TEXT}), "What the zone shows."),
                }
            )
        ),
        "lists": _list(
            _object(
                {
                    "list": _TEXT,
                    "version": _TEXT,
                    "published": _TEXT,
                    "seen": {"type": "string", "format": "date-time"},
                    "age_days": {"type": "integer"},
                    "entities": {"type": "integer"},
                    "warning": {"type": "string", "description": "What has to be said about an old or held list."},
                }
            ),
            "The lists that were asked, with their age.",
        ),
        "not_asked": _NOT_ASKED,
    }
)
_DEFECT = _object(dict.fromkeys(("field", "rule", "says", "remedy", "file", "place"), _TEXT))
_REFUSAL = _object({"says": _TEXT, "rule": _TEXT, "remedy": _TEXT, "recorded": _TEXT, "defects": _list(_DEFECT)})


def _response(says: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": shape}}}


_REFUSALS = {
    "401": "No good key.",
    "403": "The key is not made for this, or not for this purpose.",
    "409": "The Idempotency-Key was used for another question.",
    "413": "The call is too large.",
    "422": "Every defect of the call, each with field, rule and remedy.",
    "429": "Above the key's rate; Retry-After says how long to wait.",
    "500": "This node could not answer; nothing was disclosed.",
}
_HEADERS = (
    ("Idempotency-Key", "The same key with the same bytes gets the same answer for 24 hours."),
    ("X-Comity-Purpose", "The purpose, where the body does not name it."),
)
OPERATION: dict[str, Any] = {
    "summary": "Hit or no hit, for persons and documents",
    "security": [{"key": []}],
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": _TEXT, "description": says}
        for name, says in _HEADERS
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
    "responses": {
        "200": _response("The answer.", _ANSWER),
        **{status: _response(says, _REFUSAL) for status, says in _REFUSALS.items()},
    },
}
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "A service key; the scheme ApiKey is taken as well."}
}

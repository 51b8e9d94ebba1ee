"""Reading and writing the JSON documents that are signed or hashed: exact bytes in, exact bytes out.

Signed bytes are kept and forwarded as they came and are never encoded again, so unknown fields survive.
Duplicate keys are refused, since two readers could disagree on which counts; size and depth are bounded before
anything is built.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

from comity.errors import PeerRefused

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder(order="deterministic")
MAX_DEPTH = 24

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def encode(value: object) -> bytes:
    """The bytes of one document: UTF-8 JSON without blanks, fields in their order, keys of maps sorted."""
    return _ENCODER.encode(value)


def decode(raw: bytes, kind: type[T], *, what: str, limit: int = 1 << 20) -> T:
    """One document as ``kind``; raises :class:`PeerRefused` naming ``what`` for anything else."""
    tree = decode_tree(raw, what=what, limit=limit)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise PeerRefused(
            f"The {what} does not have the expected form: {error}.",
            rule="format.shape",
            remedy="Ask the sender which version of Comity wrote it.",
        ) from error


def decode_tree(raw: bytes, *, what: str, limit: int = 1 << 20) -> dict[str, Any]:
    """One document as a plain tree, checked for size, depth, encoding and duplicate keys."""
    if len(raw) > limit:
        raise PeerRefused(
            f"The {what} has {len(raw)} bytes; at most {limit} are read.",
            rule="format.oversize",
            remedy="Send large content as an attachment.",
        )
    _refuse_depth(raw, what)
    try:
        tree = _DECODER.decode(_text(raw))
    except _Duplicate as error:
        raise PeerRefused(
            f"The {what} names the key {error} twice.",
            rule="format.duplicate_key",
            remedy="Ask the sender for a valid document.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise PeerRefused(
            f"The {what} is not a JSON document.", rule="format.json", remedy="Ask the sender for a valid document."
        ) from error
    if not isinstance(tree, dict):
        raise PeerRefused(
            f"The {what} is not a JSON object.", rule="format.json", remedy="Ask the sender for a valid document."
        )
    return tree


class _Duplicate(ValueError):
    pass


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Duplicate(key)
            seen.add(key)
    return tree


def _no_constants(word: str) -> Any:
    raise ValueError(word)


def _text(raw: bytes) -> str:
    """The document as text: UTF-8 without a byte-order mark, and no escape that stands for half a character."""
    text = raw.decode("utf-8")
    if b"\\u" in raw and _SURROGATE.search(json.dumps(json.loads(text), ensure_ascii=False)) is not None:
        raise ValueError("surrogate")
    return text


_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constants)


def _refuse_depth(raw: bytes, what: str) -> None:
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_TEXT.sub(b"", raw)):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise PeerRefused(
                f"The {what} is nested deeper than {MAX_DEPTH} levels.",
                rule="format.depth",
                remedy="Ask the sender for a valid document.",
            )

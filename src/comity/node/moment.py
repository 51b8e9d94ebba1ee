"""Time as the documents write it."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(now: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: ``2026-11-22T15:31:04.123Z``."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """The moment that a stamp names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

"""Doing the same for many matters, each apart from the others: what cannot be done for one holds up no other.

A fault is logged by the matter's id and tried again in the next round; a fault of the store itself is no matter's, and
ends the round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from comity.errors import ComityError

T = TypeVar("T")

_log = structlog.get_logger("comity.node")


def apart(event: str, matter: str, job: Callable[[], T], otherwise: T) -> T:
    """What ``job`` gives for one matter, or ``otherwise`` where it fails."""
    try:
        return job()
    except (SQLAlchemyError, OSError):
        raise
    except ComityError as refusal:
        _log.warning(event, matter=matter, rule=refusal.rule)
    except Exception as fault:  # whatever one matter can make go wrong, the next one is looked at
        _log.error(event, matter=matter, error=type(fault).__name__)
    return otherwise

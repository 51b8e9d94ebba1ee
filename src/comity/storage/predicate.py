"""A policy's condition as SQL, so that lists, counts and exports are filtered where the rows are read.

The tree comes from :meth:`comity.policy.engine.Policies.predicate`; the caller says which column holds which
attribute. A missing value (NULL) makes every comparison unknown, which SQL does not select: it fails closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, not_, or_, select, true

from comity.errors import OwnFault
from comity.policy.predicate import All, Always, AtMost, Contains, Equals, Never, Not, OneOf, Predicate
from comity.policy.predicate import Any as AnyOf


@dataclass(frozen=True, slots=True)
class ChildSet:
    """A set attribute in a child table: ``parent`` is the row's key, ``key`` and ``value`` the child's columns."""

    parent: ColumnElement[Any]
    key: ColumnElement[Any]
    value: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class PackedSet:
    """A set attribute in one column, as :func:`comity.storage.rows.as_set` writes it."""

    column: ColumnElement[Any]


Columns = Mapping[str, ColumnElement[Any] | ChildSet | PackedSet]
"""Where each attribute of the resource lies."""


def where(predicate: Predicate, columns: Columns) -> ColumnElement[bool]:
    """The condition for ``select(...).where``; raises :class:`OwnFault` for an attribute without a column."""
    match predicate:
        case Always():
            return true()
        case Never():
            return false()
        case All(terms=terms):
            return and_(*(where(term, columns) for term in terms))
        case AnyOf(terms=terms):
            return or_(*(where(term, columns) for term in terms))
        case Not(term=term):
            return not_(where(term, columns))
        case Equals(attribute=attribute, value=value):
            return _column(attribute, columns) == value
        case AtMost(attribute=attribute, value=most):
            return _column(attribute, columns) <= most
        case OneOf(attribute=attribute, values=values):
            return _column(attribute, columns).in_(sorted(values))
        case Contains(attribute=attribute, value=value):
            return _contains(attribute, value, columns)


def _column(attribute: str, columns: Columns) -> ColumnElement[Any]:
    column = columns.get(attribute)
    if column is None or isinstance(column, ChildSet | PackedSet):
        raise _unmapped(attribute, "a column")
    return column


def _contains(attribute: str, value: str, columns: Columns) -> ColumnElement[bool]:
    child = columns.get(attribute)
    if isinstance(child, PackedSet):
        return child.column.contains(f"|{value}|", autoescape=True)
    if not isinstance(child, ChildSet):
        raise _unmapped(attribute, "a child table")
    return exists(select(literal(1)).where(child.key == child.parent, child.value == value))


def _unmapped(attribute: str, what: str) -> OwnFault:
    return OwnFault(
        f"The attribute {attribute} of a policy is not mapped to {what}.",
        rule="policy.unmapped",
        remedy="Report this to the makers of Comity.",
    )

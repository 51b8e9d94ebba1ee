"""A policy as a condition on columns: what the rules leave open once the asker and the circumstances are known.

:func:`compile_rules` gives the one tree by which lists, counts, exports and edges are filtered; storage turns it
into SQL. It allows exactly what a decision on each single resource would allow (property-tested).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cedarpy import pst

from comity.errors import OwnFault
from comity.policy.facts import Context, Principal, Resource, values
from comity.policy.language import Rule


@dataclass(frozen=True, slots=True)
class Always:
    """True of every resource."""


@dataclass(frozen=True, slots=True)
class Never:
    """True of none."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute has this value: a text, a number or a flag."""

    attribute: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class AtMost:
    """The attribute is a number not above this one."""

    attribute: str
    value: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute is one of these texts."""

    attribute: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contains:
    """The attribute is a set of texts that holds this one."""

    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    term: Predicate


@dataclass(frozen=True, slots=True)
class All:
    """Every term is true."""

    terms: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one term is true."""

    terms: tuple[Predicate, ...]


Predicate = Always | Never | Equals | AtMost | OneOf | Contains | Not | All | Any


def compile_rules(rules: Iterable[Rule], principal: Principal, context: Context) -> Predicate:
    """What ``rules`` (all of one action) ask of a resource: some permit holds and no forbid does."""
    permits: list[Predicate] = []
    forbids: list[Predicate] = []
    for rule in rules:
        (permits if rule.permits else forbids).append(rule_condition(rule, principal, context))
    return all_of((any_of(permits), negation(any_of(forbids))))


def rule_condition(rule: Rule, principal: Principal, context: Context) -> Predicate:
    """What one rule asks of a resource in order to apply."""
    known = {"principal": values(principal), "context": values(context)}
    terms = []
    for clause in rule.template.clauses:
        term = _condition(clause.expr, known)
        terms.append(negation(term) if isinstance(clause, pst.Unless) else term)
    return all_of(terms)


def all_of(terms: Iterable[Predicate]) -> Predicate:
    """The conjunction, simplified."""
    kept = tuple(dict.fromkeys(term for term in terms if term != Always()))
    if Never() in kept:
        return Never()
    return Always() if len(kept) == 0 else kept[0] if len(kept) == 1 else All(kept)


def any_of(terms: Iterable[Predicate]) -> Predicate:
    """The disjunction, simplified."""
    kept = tuple(dict.fromkeys(term for term in terms if term != Never()))
    if Always() in kept:
        return Always()
    return Never() if len(kept) == 0 else kept[0] if len(kept) == 1 else Any(kept)


def negation(term: Predicate) -> Predicate:
    """The opposite, simplified."""
    match term:
        case Always():
            return Never()
        case Never():
            return Always()
        case Not(term=inner):
            return inner
        case _:
            return Not(term)


def holds(predicate: Predicate, facts: Resource) -> bool:
    """Whether ``predicate`` is true of one resource in memory; storage asks the same of rows."""
    match predicate:
        case Always():
            return True
        case Never():
            return False
        case All(terms=terms):
            return all(holds(term, facts) for term in terms)
        case Any(terms=terms):
            return any(holds(term, facts) for term in terms)
        case Not(term=term):
            return not holds(term, facts)
        case Equals(attribute=attribute, value=value):
            return bool(getattr(facts, attribute) == value)
        case AtMost(attribute=attribute, value=most):
            return bool(getattr(facts, attribute) <= most)
        case OneOf(attribute=attribute, values=choices):
            return getattr(facts, attribute) in choices
        case Contains(attribute=attribute, value=value):
            return value in getattr(facts, attribute)


Known = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Open:
    """An attribute of the resource, whose value is not known yet."""

    attribute: str


def _condition(expr: pst.Expr, known: Known) -> Predicate:
    match expr:
        case pst.HasAttr():
            return Always()
        case pst.UnaryOp(op="not", arg=arg):
            return negation(_condition(arg, known))
        case pst.BinaryOp(op="and", left=left, right=right):
            return all_of((_condition(left, known), _condition(right, known)))
        case pst.BinaryOp(op="or", left=left, right=right):
            return any_of((_condition(left, known), _condition(right, known)))
        case pst.BinaryOp(op="eq", left=left, right=right) if _is_condition(left) or _is_condition(right):
            return _same(_condition(left, known), _condition(right, known))
        case pst.BinaryOp(op=op, left=left, right=right):
            return _comparison(op, _value(left, known), _value(right, known))
        case _:
            flag = _value(expr, known)
            return Equals(flag.attribute, True) if isinstance(flag, _Open) else _constant(flag is True)


def _comparison(op: str, left: object, right: object) -> Predicate:
    match op, left, right:
        case "eq", _Open(attribute=attribute), (str() | int()) as value:
            return Equals(attribute, value)
        case "eq", (str() | int()) as value, _Open(attribute=attribute):
            return Equals(attribute, value)
        case "eq", _, _:
            return _constant(left == right)
        case "less_eq", _Open(attribute=attribute), int() as most:
            return AtMost(attribute, most)
        case "less_eq", int() as least, _Open(attribute=attribute):
            return Not(AtMost(attribute, least - 1))
        case "less_eq", int() as low, int() as high:
            return _constant(low <= high)
        case "contains", _Open(attribute=attribute), str() as value:
            return Contains(attribute, value)
        case "contains", frozenset() as choices, _Open(attribute=attribute):
            return OneOf(attribute, choices)
        case "contains", frozenset() as choices, str() as value:
            return _constant(value in choices)
        case _:
            raise _unchecked(op)


def _value(expr: pst.Expr, known: Known) -> object:
    match expr:
        case pst.BoolLit(value=value) | pst.LongLit(value=value) | pst.StringLit(value=value):
            return value
        case pst.Set(elements=elements):
            return frozenset(one.value for one in elements if isinstance(one, pst.StringLit))
        case pst.GetAttr(base=pst.Var(name="resource"), attr=attr):
            return _Open(attr)
        case pst.GetAttr(base=pst.Var(name=owner), attr=attr):
            return known[owner][attr]
        case _:
            raise _unchecked(type(expr).__name__)


def _is_condition(expr: pst.Expr) -> bool:
    """Whether ``expr`` is more than an attribute or a literal, so that == with it is an equivalence."""
    return isinstance(expr, pst.UnaryOp | pst.BinaryOp | pst.HasAttr)


def _same(left: Predicate, right: Predicate) -> Predicate:
    return any_of((all_of((left, right)), all_of((negation(left), negation(right)))))


def _constant(value: bool) -> Predicate:
    return Always() if value else Never()


def _unchecked(what: str) -> OwnFault:
    return OwnFault(
        f"A policy that was not checked reached the compiler ({what}).",
        rule="policy.unchecked",
        remedy="Report this to the makers of Comity.",
    )

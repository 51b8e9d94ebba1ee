"""The part of Cedar that our policies may use, checked when they are loaded.

Allowed are ``==``, ``<=``, ``in`` (for actions), ``contains``, ``has``, ``&&``, ``||`` and ``!`` over the required
attributes of :mod:`comity.policy.facts` and literals. Within these every rule is total: it cannot fail for want of
an attribute or for a wrong kind, and it has an exact counterpart as a condition on columns. Anything else is
refused with file and rule, as is a rule without its annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cedarpy import PolicySet, pst

from comity.errors import Defect, InputRefused
from comity.policy.facts import ACTIONS, Context, Kind, Principal, kinds

ANNOTATIONS = ("id", "source", "reason", "way")
"""What each rule carries; only ``way`` may be empty."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

_REMEDY = "Write the rule with the operators, attributes and annotations that the policy language here allows."
_ID = re.compile(r"[A-Z]+-\d{2}")
_FIXED = {"principal": kinds(Principal), "context": kinds(Context)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One checked rule: its annotations, the actions it speaks about, and its syntax tree under its own id.

    ``reason`` and ``way`` may name attributes in braces; where several have one name, the resource's is meant.
    """

    id: str
    source: str
    reason: str
    way: str
    actions: tuple[str, ...]
    template: pst.Template

    @property
    def permits(self) -> bool:
        """Whether the rule allows, rather than forbids."""
        return self.template.effect == "permit"


def read_rules(files: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules of all ``files`` (name → Cedar text), sorted by id; raises :class:`InputRefused` with every defect."""
    rules: dict[str, Rule] = {}
    defects: list[Defect] = []
    for file, text in sorted(files.items()):
        for template in _parse(file, text, defects):
            found = list(_Checker(file, template).defects())
            defects += found
            if len(found) > 0:
                continue
            rule = _rule(template)
            if rule.id in rules:
                defects.append(_defect(file, rule.id, f"The rule {rule.id} exists twice.", "Give it another id."))
            rules[rule.id] = rule
    if len(defects) > 0:
        raise InputRefused("The policies cannot be used.", defects)
    return tuple(rules[name] for name in sorted(rules))


def actions_of(template: pst.Template) -> tuple[str, ...]:
    """The codes of the actions that the rule's scope names."""
    match template.action:
        case pst.ActionEq(entity=pst.EntityUid(id=code)):
            return (code,)
        case pst.ActionIn(entities=entities):
            return tuple(entity.id for entity in entities)
        case _:
            return tuple(ACTIONS)


def _rule(template: pst.Template) -> Rule:
    words = template.annotations
    renamed = replace(template, id=words["id"])
    return Rule(words["id"], words["source"], words["reason"], words["way"], actions_of(template), renamed)


def _parse(file: str, text: str, defects: list[Defect]) -> list[pst.Template]:
    try:
        parsed = PolicySet.from_str(text).to_pst()
    except ValueError as error:
        defects.append(_defect(file, "", f"This is not Cedar: {error}.", "Correct the syntax."))
        return []
    if len(parsed.templates) > 0:
        defects.append(_defect(file, "", "The file holds a template.", "Write the rule without slots."))
    return sorted(parsed.static_policies.values(), key=lambda one: int(one.id.removeprefix("policy")))


class _NotAllowed(Exception):
    """Carries what is wrong with one expression to the rule it stands in."""


class _Checker:
    """Checks one rule."""

    def __init__(self, file: str, template: pst.Template) -> None:
        self.file = file
        self.template = template
        self.name = template.annotations.get("id", template.id)
        self.codes = [code for code in actions_of(template) if code in ACTIONS]
        self.resources = [kinds(ACTIONS[code].resource) for code in self.codes]

    def defects(self) -> Iterator[Defect]:
        """All that is wrong with the rule."""
        says = [*self._annotations(), *self._scope()]
        for clause in self.template.clauses:
            says += self._clause(clause.expr)
        for one in says:
            yield _defect(self.file, self.name, one, _REMEDY)

    def _annotations(self) -> Iterator[str]:
        words = self.template.annotations
        for name in ANNOTATIONS:
            if name not in words or (name != "way" and words[name] == ""):
                yield f"It has no @{name}."
        if "id" in words and _ID.fullmatch(words["id"]) is None:
            yield f"Its @id {words['id']!r} is not of the form A-01."
        for name in PLACEHOLDER.findall(words.get("reason", "") + words.get("way", "")):
            if not self._known(name):
                yield f"Its text names {{{name}}}, which is no attribute."

    def _known(self, name: str) -> bool:
        return any(name in fixed for fixed in _FIXED.values()) or all(name in one for one in self.resources)

    def _scope(self) -> Iterator[str]:
        if not isinstance(self.template.principal, pst.ScopeAny) or not isinstance(
            self.template.resource, pst.ScopeAny
        ):
            yield "It narrows principal or resource in its scope; write the condition after `when`."
        named = actions_of(self.template)
        yield from (f"There is no action {code!r}." for code in named if code not in ACTIONS)
        if len(named) == 0:
            yield "It names no action."

    def _clause(self, expr: pst.Expr) -> Iterator[str]:
        try:
            if self._kind(expr) is not Kind.FLAG:
                yield "A condition is neither true nor false."
        except _NotAllowed as wrong:
            yield str(wrong)

    def _kind(self, expr: pst.Expr) -> Kind:
        """The kind of value that ``expr`` has; raises :class:`_NotAllowed`."""
        match expr:
            case pst.BoolLit():
                return Kind.FLAG
            case pst.LongLit():
                return Kind.NUMBER
            case pst.StringLit():
                return Kind.TEXT
            case pst.Set(elements=elements):
                return self._set(elements)
            case pst.GetAttr(base=pst.Var(name=owner), attr=attr):
                return self._attribute(owner, attr)
            case pst.HasAttr(base=pst.Var(name=owner), attrs=(attr,)):
                self._attribute(owner, attr)
                return Kind.FLAG
            case pst.UnaryOp(op="not", arg=arg):
                self._expect(arg, Kind.FLAG)
                return Kind.FLAG
            case pst.BinaryOp(op=op, left=left, right=right):
                return self._binary(op, left, right)
            case _:
                raise _NotAllowed(f"It uses {_spoken(expr)}, which is not allowed here.")

    def _binary(self, op: str, left: pst.Expr, right: pst.Expr) -> Kind:
        if op not in {"and", "or", "eq", "less_eq", "contains"}:
            raise _NotAllowed(f"It uses the operator {op}; allowed are ==, <=, in, contains, has, &&, || and !.")
        if op in {"and", "or"}:
            self._expect(left, Kind.FLAG)
            self._expect(right, Kind.FLAG)
            return Kind.FLAG
        if _asks(left) and _asks(right):
            raise _NotAllowed("It compares two attributes of the resource; compare with the asker or a fixed value.")
        if op == "contains":
            self._expect(left, Kind.TEXTS)
            self._expect(right, Kind.TEXT)
        elif op == "less_eq":
            self._expect(left, Kind.NUMBER)
            self._expect(right, Kind.NUMBER)
        else:
            kind = self._kind(left)
            if kind is Kind.TEXTS:
                raise _NotAllowed("It compares sets with ==; use contains.")
            self._expect(right, kind)
        return Kind.FLAG

    def _set(self, elements: tuple[pst.Expr, ...]) -> Kind:
        if not all(isinstance(one, pst.StringLit) for one in elements):
            raise _NotAllowed("A set in a rule holds texts only.")
        return Kind.TEXTS

    def _attribute(self, owner: str, attr: str) -> Kind:
        tables = self.resources if owner == "resource" else [_FIXED.get(owner, {})]
        found = {table.get(attr) for table in tables}
        kind = found.pop() if len(found) == 1 else None
        if kind is None:
            where = ", ".join(self.codes)
            raise _NotAllowed(f"It asks for {owner}.{attr}, which is not a required attribute for {where}.")
        return kind

    def _expect(self, expr: pst.Expr, kind: Kind) -> None:
        found = self._kind(expr)
        if found is not kind:
            raise _NotAllowed(f"It uses a {found.value} where a {kind.value} is needed.")


def _asks(expr: pst.Expr) -> bool:
    """Whether ``expr`` is an attribute of the resource; comparisons allow nothing deeper."""
    return isinstance(expr, pst.GetAttr) and expr.base == pst.Var("resource")


def _spoken(expr: pst.Expr) -> str:
    return f"the operator {expr.op}" if isinstance(expr, pst.UnaryOp) else f"the form {type(expr).__name__}"


def _defect(file: str, rule: str, says: str, remedy: str) -> Defect:
    return Defect(rule="policy.language", says=says, remedy=remedy, file=file, field=rule)

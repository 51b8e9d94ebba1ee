"""Finding rule codes in source text: every call that has a parameter ``rule``, by name or by place.

Which place that is comes from the definitions themselves: each function with a parameter ``rule`` and each class
with a field or an ``__init__`` parameter of that name. The sentence is the parameter ``says`` of the same call. What
is put together while running shows as *…*; a code of which nothing is written out is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

FILLED = "…"


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One code and the sentence beside it, which may be empty."""

    rule: str
    says: str


Signatures = Mapping[str, tuple[str, ...]]
"""Name of a function or class to its parameters in order, for those that have one called ``rule``."""


def signatures_of(trees: Iterable[ast.Module]) -> Signatures:
    """What is defined with a parameter ``rule`` anywhere."""
    found: dict[str, tuple[str, ...]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = _parameters(node)
                if "rule" in names:
                    found.setdefault(node.name, names)
    return found


def codes_of(tree: ast.Module, signatures: Signatures) -> Iterator[Said]:
    """Every code in one module: of what it defines itself, and of what it imports from elsewhere."""
    known = {name: signatures[name] for name in _imported(tree) & signatures.keys()}
    known.update({n.name: _parameters(n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)})
    constants = _constants(tree)
    yield from _defaults(tree)
    for scope in _scopes(tree):
        local = {**constants, **_constants(scope)}
        for node in _own_nodes(scope):
            if isinstance(node, ast.Call):
                yield from _call(node, known, local)
            elif isinstance(node, ast.Yield):
                yield from _fault(node, tree, local)


def _defaults(tree: ast.Module) -> Iterator[Said]:
    """Codes that stand as the default of a field or parameter."""
    for node in ast.walk(tree):
        pairs: Iterable[tuple[str, ast.expr | None]] = ()
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            pairs = ((node.target.id, node.value),)
        elif isinstance(node, ast.FunctionDef):
            pairs = zip((one.arg for one in node.args.kwonlyargs), node.args.kw_defaults, strict=True)
        for name, value in pairs:
            if name == "rule" and isinstance(value, ast.Constant) and value.value != "":
                yield Said(str(value.value), "")


def _call(node: ast.Call, signatures: Signatures, constants: Mapping[str, ast.expr]) -> Iterator[Said]:
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    given = dict(zip(signatures.get(name, ()), node.args, strict=False))
    given.update({word.arg: word.value for word in node.keywords if word.arg is not None})
    if "rule" not in given:
        return
    says = given.get("says", given.get("reason"))
    if says is None and name == "Field" and "label" in given:
        said = f"{_text(given['label'], constants)} is missing."
    elif says is None and "rule" not in signatures.get(name, ()) and len(node.args) > 0:
        said = _text(node.args[0], constants)
    else:
        said = "" if says is None else _text(says, constants)
    for rule in _texts(given["rule"], constants):
        if rule.strip(FILLED + ".:_-") != "":
            yield Said(rule, said)


def _fault(node: ast.Yield, tree: ast.Module, constants: Mapping[str, ast.expr]) -> Iterator[Said]:
    """``yield "twice", row, "…"``: a fault of a module whose codes all begin alike."""
    prefix = next((n.values[0] for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) and _is_prefix(n)), None)
    value = node.value
    if not isinstance(prefix, ast.Constant) or not isinstance(value, ast.Tuple) or len(value.elts) != 3:
        return
    if isinstance(value.elts[0], ast.Constant):
        yield Said(str(prefix.value) + str(value.elts[0].value), _text(value.elts[2], constants))


def _is_prefix(node: ast.JoinedStr) -> bool:
    """Whether this is ``f"table.{rule}"``."""
    last = node.values[-1]
    is_rule = isinstance(last, ast.FormattedValue) and isinstance(last.value, ast.Name) and last.value.id == "rule"
    return len(node.values) == 2 and is_rule and str(getattr(node.values[0], "value", "")).endswith(".")


def _imported(tree: ast.Module) -> set[str]:
    """The names that a module takes from other modules of ours."""
    found = (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and str(n.module).startswith("comity"))
    return {alias.asname or alias.name for node in found for alias in node.names}


def _parameters(node: ast.FunctionDef | ast.ClassDef) -> tuple[str, ...]:
    if isinstance(node, ast.FunctionDef):
        return tuple(one.arg for one in (*node.args.args, *node.args.kwonlyargs) if one.arg != "self")
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return _parameters(one)
    return tuple(
        one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    )


def _scopes(tree: ast.Module) -> Iterator[ast.Module | ast.FunctionDef]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own_nodes(child)


def _constants(scope: ast.AST) -> dict[str, ast.expr]:
    """The last value of each name that is assigned in a scope itself."""
    found: dict[str, ast.expr] = {}
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return found


def _text(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    return next(iter(_texts(node, constants)), "")


def _texts(node: ast.expr, constants: Mapping[str, ast.expr]) -> tuple[str, ...]:
    """The texts that an expression can be, with what is filled in as *…*."""
    match node:
        case ast.Constant(value=str() as value):
            return (value,)
        case ast.JoinedStr(values=values):
            return ("".join(str(one.value) if isinstance(one, ast.Constant) else FILLED for one in values),)
        case ast.IfExp(body=body, orelse=orelse):
            return (*_texts(body, constants), *_texts(orelse, constants))
        case ast.Name(id=name) if name in constants and not isinstance(constants[name], ast.Name):
            return _texts(constants[name], {k: v for k, v in constants.items() if k != name})
        case _:
            return (FILLED,)

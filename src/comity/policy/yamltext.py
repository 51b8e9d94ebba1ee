"""Reading YAML (and so JSON) that decides something: one reading only, or an error with its line.

Duplicate keys, anchors and aliases, and tags are refused; nothing is turned into a date behind the writer's back.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from comity.errors import Defect, InputRefused

LIMIT = 1 << 20


class _Loader(yaml.SafeLoader):
    """SafeLoader without dates, aliases and duplicate keys."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not read", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(problem="a key is not a plain text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in pairs if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(raw: bytes, *, file: str) -> dict[str, Any]:
    """The mapping in ``raw``; raises :class:`InputRefused` with the line of whatever cannot be read."""
    if len(raw) > LIMIT:
        raise _refused(file, "", f"The file has {len(raw)} bytes; at most {LIMIT} are read.")
    try:
        tree = yaml.load(raw.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a stricter SafeLoader
    except UnicodeDecodeError as error:
        raise _refused(file, f"offset {error.start}", "The file is not UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}"
        raise _refused(file, place, f"This cannot be read: {getattr(error, 'problem', None) or error}.") from error
    except (ValueError, RecursionError) as error:
        raise _refused(file, "", f"This cannot be read: {error}.") from error
    if not isinstance(tree, dict):
        raise _refused(file, "", "The file is not a mapping of names to values.")
    return tree


def _refused(file: str, place: str, says: str) -> InputRefused:
    defect = Defect(rule="yaml", says=says, remedy="Correct the file.", file=file, place=place)
    return InputRefused("The file cannot be used.", [defect])

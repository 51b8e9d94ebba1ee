"""Deciding under the policies: parsed once, denied by default, and every answer with its rule and its reason.

A *forbid* prevails over every permit. Where several rules apply, the one with the lowest id is named. Where no
permit applies, the answer names the permits that would have, and what each of them needs; it then keeps silent
about forbids that turn on the resource, since their reasons ("withdrawn by its author") would tell somebody who may
not see it something about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from cedarpy import PolicySet, is_authorized, pst

from comity.errors import OwnFault
from comity.model.packaged import packaged_names, packaged_text
from comity.policy.decision import Decision
from comity.policy.facts import ACTIONS, Context, Principal, Resource, values
from comity.policy.language import PLACEHOLDER, Rule, read_rules
from comity.policy.predicate import Always, Predicate, compile_rules, holds, rule_condition

DEFAULT = "default-deny"
"""The rule named where no rule allows."""

REMEMBERED = 65_536
"""How many decisions are kept; their facts hold no personal data."""


class Policies:
    """A checked set of rules, ready to decide.

    ``names`` gives the spoken name of a member or agency code ("QM" → "Arvenia"), used in reasons and ways.
    """

    def __init__(self, files: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
        """Reads ``files`` (name → Cedar text); raises :class:`comity.errors.InputRefused` with every defect."""
        self.rules = {rule.id: rule for rule in read_rules(files)}
        self._names = dict(names or {})
        self._by_action = {code: self._rules_of(code) for code in ACTIONS}
        self._set = PolicySet.from_pst(_tree(self.rules))
        self._judge = lru_cache(maxsize=REMEMBERED)(self._judge_once)
        self._compile = lru_cache(maxsize=1024)(self._compile_once)

    def decide(self, principal: Principal, action: str, resource: Resource, context: Context) -> Decision:
        """Whether ``principal`` may do ``action`` to ``resource``; remembered per facts."""
        if type(resource) is not ACTIONS[action].resource:
            raise OwnFault(
                f"The action {action} was asked about a {type(resource).__name__}.",
                rule="policy.resource",
                remedy="Report this to the makers of Comity.",
            )
        return self._judge(principal, action, resource, context)

    def predicate(self, principal: Principal, action: str, context: Context) -> Predicate:
        """The condition on resources that is true exactly where :meth:`decide` allows; remembered per facts."""
        return self._compile(principal, action, context)

    def _rules_of(self, action: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules.values() if action in rule.actions)

    def _compile_once(self, principal: Principal, action: str, context: Context) -> Predicate:
        return compile_rules(self._by_action[action], principal, context)

    def _judge_once(self, principal: Principal, action: str, resource: Resource, context: Context) -> Decision:
        request = {
            "principal": _OFFICER,
            "action": f'Action::"{action}"',
            "resource": _THING,
            "context": values(context),
        }
        entities = [_entity(_OFFICER_ID, values(principal)), _entity(_THING_ID, values(resource))]
        answer = is_authorized(request, self._set, entities)
        if len(answer.diagnostics.errors) > 0:
            raise OwnFault(
                f"A policy failed: {answer.diagnostics.errors[0]}.",
                rule="policy.failed",
                remedy="Report this to the makers of Comity.",
            )
        facts = {**values(context), **values(principal), **values(resource)}
        applied = [self.rules[name] for name in sorted(answer.diagnostics.reasons)]
        if not answer.allowed:
            applied = self._tellable(applied, principal, action, resource, context)
        if len(applied) == 0:
            return self._default(action, facts)
        rule = applied[0]
        way = "" if answer.allowed else self._fill(rule.way, facts)
        return Decision(answer.allowed, rule.id, self._fill(rule.reason, facts), way, rule.source)

    def _tellable(
        self, forbids: list[Rule], principal: Principal, action: str, resource: Resource, context: Context
    ) -> list[Rule]:
        """Those of ``forbids`` whose reason the asker may hear, the general ones first."""
        general = [rule for rule in forbids if rule_condition(rule, principal, context) == Always()]
        permits = [rule_condition(rule, principal, context) for rule in self._by_action[action] if rule.permits]
        if len(general) > 0 or not any(holds(permit, resource) for permit in permits):
            return general
        return forbids

    def _default(self, action: str, facts: Mapping[str, object]) -> Decision:
        permits = [rule for rule in self._by_action[action] if rule.permits]
        ways = dict.fromkeys(self._fill(rule.way, facts) for rule in permits if rule.way != "")
        names = ", ".join(rule.id for rule in permits)
        reason = f"Nothing allows you to {ACTIONS[action].title} for this purpose (rules {names})."
        return Decision(False, DEFAULT, reason, " ".join(ways), "domain rule D-11: deny by default")

    def _fill(self, text: str, facts: Mapping[str, object]) -> str:
        return PLACEHOLDER.sub(lambda found: self._spoken(facts[found[1]]), text)

    def _spoken(self, value: object) -> str:
        if isinstance(value, frozenset):
            return ", ".join(sorted(self._spoken(one) for one in value))
        return self._names.get(str(value), str(value).replace("_", " "))


def packaged_policies(names: Mapping[str, str] | None = None) -> Policies:
    """The policies that ship with Comity; see :class:`Policies` for ``names``."""
    return Policies(packaged_texts(), names)


@cache
def packaged_texts() -> Mapping[str, str]:
    """The text of each packaged policy file by its name."""
    found = packaged_names("comity.policy", "policies", ".cedar")
    return {name: packaged_text("comity.policy", name) for name in found}


_OFFICER, _THING = 'Officer::"asking"', 'Thing::"asked"'
_OFFICER_ID, _THING_ID = {"type": "Officer", "id": "asking"}, {"type": "Thing", "id": "asked"}


def _entity(uid: Mapping[str, str], attributes: Mapping[str, object]) -> dict[str, object]:
    attrs = {name: sorted(one) if isinstance(one, frozenset) else one for name, one in attributes.items()}
    return {"uid": uid, "attrs": attrs, "parents": []}


def _tree(rules: Mapping[str, Rule]) -> pst.PolicySet:
    policies = pst.FrozenMap({name: rule.template for name, rule in rules.items()})
    return pst.PolicySet(templates=pst.FrozenMap(), static_policies=policies, template_links=())

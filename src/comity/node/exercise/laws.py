"""The invented members publish their invented law when an exercise is founded, as their legal officers would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

from comity.model.packaged import packaged_bytes
from comity.node.action import Order, take_step
from comity.node.exercise.partner import cast_at
from comity.node.node import Node
from comity.policy.profile import FORMAT
from comity.policy.yamltext import read_yaml


def publish_laws(nodes: Mapping[str, Node], now: datetime) -> None:
    """Each member's legal officer publishes its profile; delivering them is the caller's."""
    laws: Mapping[str, Any] = read_yaml(packaged_bytes("comity.node.exercise", "laws.yaml"), file="laws.yaml")
    for member, law in laws.items():
        node = nodes[member]
        officer = next(one for one in cast_at(node, now) if "legal_officer" in one.roles)
        order = Order("legal_profile", "publish", "profile", data={"text": profile_text(member, law, now.date())})
        take_step(node, officer, order, now)


def profile_text(member: str, law: Mapping[str, Any], since: date) -> str:
    """One member's profile as the document that is published."""
    head = {"format": FORMAT, "member": member, "version": 1, "valid_from": since.isoformat()}
    return str(yaml.safe_dump({**head, **law}, allow_unicode=True, sort_keys=False))

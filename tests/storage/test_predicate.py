"""Lists show what single decisions would: the SQL filter against Cedar, over thousands of random pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2

from comity.errors import OwnFault
from comity.policy.engine import Policies, packaged_policies
from comity.policy.facts import Context, MatterFacts, PartFacts, Principal, principal
from comity.policy.handling import NO_END
from comity.policy.predicate import Always, AtMost, Contains, Equals, Never, OneOf, holds
from comity.policy.purposes import PURPOSES
from comity.policy.roles import ROLES
from comity.storage.predicate import ChildSet, Columns, where

POLICIES = packaged_policies()
META = sa.MetaData()
MATTER = sa.Table(
    "matter",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("procedure", "owner")),
)
PART = sa.Table(
    "part",
    META,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("kind", "tlp", "code", "author_agency", "author_member")),
    sa.Column("until_day", sa.Integer),
    sa.Column("hidden", sa.Boolean),
)
SETS = {
    (table, name): sa.Table(f"{table}_{name}", META, sa.Column("key", sa.Integer), sa.Column("value", sa.Text))
    for table in ("matter", "part")
    for name in ("parties", "own_agencies", "purposes")
}


def child(table: sa.Table, name: str) -> ChildSet:
    inner = SETS[(table.name, name)]
    return ChildSet(table.c.id, inner.c.key, inner.c.value)


MATTER_COLUMNS: Columns = {
    "procedure": MATTER.c.procedure,
    "owner_member": MATTER.c.owner,
    "parties": child(MATTER, "parties"),
    "own_agencies": child(MATTER, "own_agencies"),
}
PART_COLUMNS: Columns = {
    **{name: PART.c[name] for name in ("kind", "tlp", "code", "author_agency", "author_member", "until_day", "hidden")},
    **{name: child(PART, name) for name in ("parties", "own_agencies", "purposes")},
}

members = st.sampled_from(["QM", "QN", "QO"])
agencies = st.sampled_from(["QM.bureau", "QM.police", "QN.bureau", "QN.border", "QO.bureau"])
purposes = st.sampled_from([*PURPOSES, "curiosity"])
days = st.integers(20_000, 20_003)
matters = st.builds(
    MatterFacts,
    st.just("diffusion"),
    members,
    st.frozensets(members),
    st.frozensets(agencies),
)
parts = st.builds(
    PartFacts,
    kind=st.sampled_from(["form", "entity"]),
    tlp=st.sampled_from(["RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", "PINK"]),
    code=st.sampled_from(["H0", "H1", "H2", "H3", "H4"]),
    purposes=st.frozensets(purposes, max_size=4),
    until_day=st.one_of(days, st.just(NO_END)),
    author_agency=agencies,
    author_member=members,
    hidden=st.booleans(),
    parties=st.frozensets(members),
    own_agencies=st.frozensets(agencies),
)
principals = st.builds(
    principal, agencies, st.frozensets(st.sampled_from(sorted(ROLES)), max_size=2), is_bureau=st.booleans()
)
contexts = st.builds(Context, purposes, days)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    path = tmp_path_factory.mktemp("predicate") / "rows.db"
    engine = sa.create_engine(f"sqlite:///{path}", module=dbapi2)
    META.create_all(engine)
    yield engine
    engine.dispose()


def fill(link: sa.Connection, table: sa.Table, rows: Sequence[MatterFacts] | Sequence[PartFacts]) -> None:
    for kept in (table, *(inner for (name, _), inner in SETS.items() if name == table.name)):
        link.execute(sa.delete(kept))
    for i, facts in enumerate(rows):
        if isinstance(facts, MatterFacts):
            link.execute(sa.insert(MATTER).values(id=i, procedure=facts.procedure, owner=facts.owner_member))
            sets = {"parties": facts.parties, "own_agencies": facts.own_agencies}
        else:
            plain = {column.name: getattr(facts, column.name) for column in PART.c if column.name != "id"}
            link.execute(sa.insert(PART).values(id=i, **plain))
            sets = {"parties": facts.parties, "own_agencies": facts.own_agencies, "purposes": facts.purposes}
        for name, texts in sets.items():
            for text in texts:
                link.execute(sa.insert(SETS[(table.name, name)]).values(key=i, value=text))


def agree(
    engine: sa.Engine,
    action: str,
    askers: Sequence[tuple[Principal, Context]],
    rows: Sequence[MatterFacts] | Sequence[PartFacts],
    policies: Policies = POLICIES,
) -> int:
    table, columns = (MATTER, MATTER_COLUMNS) if action == "list_matter" else (PART, PART_COLUMNS)
    seen = 0
    with engine.begin() as link:
        fill(link, table, rows)
        for who, context in askers:
            predicate = policies.predicate(who, action, context)
            shown = set(link.scalars(sa.select(table.c.id).where(where(predicate, columns))))
            decided = {i for i, one in enumerate(rows) if policies.decide(who, action, one, context).allowed}
            in_memory = {i for i, one in enumerate(rows) if holds(predicate, one)}
            assert shown == decided == in_memory
            seen += len(shown)
    return seen


askers = st.lists(st.tuples(principals, contexts), min_size=8, max_size=8)


@settings(max_examples=60, deadline=None)
@given(askers, st.lists(matters, min_size=4, max_size=10))
def test_the_list_of_matters_is_what_single_decisions_allow(
    engine: sa.Engine, who: list[tuple[Principal, Context]], rows: list[MatterFacts]
) -> None:
    agree(engine, "list_matter", who, rows)


@settings(max_examples=80, deadline=None)
@given(askers, st.lists(parts, min_size=6, max_size=12))
def test_the_parts_shown_are_what_single_decisions_allow(
    engine: sa.Engine, who: list[tuple[Principal, Context]], rows: list[PartFacts]
) -> None:
    agree(engine, "read_part", who, rows)


def test_the_comparison_is_not_between_empty_sets(engine: sa.Engine) -> None:
    rows = [
        PartFacts("form", tlp, code, frozenset({"investigation"}), until, "QM.bureau", "QM", hidden, both, own)
        for tlp in ("RED", "AMBER", "PINK")
        for code in ("H1", "H3")
        for until in (20_000, NO_END)
        for hidden in (True, False)
        for both in (frozenset({"QM", "QN"}), frozenset({"QM"}))
        for own in (frozenset({"QN.bureau"}), frozenset({"QN.border"}))
    ]
    who = [
        (principal(agency, frozenset({role}), is_bureau=agency.endswith("bureau")), Context("investigation", 20_001))
        for agency in ("QN.bureau", "QN.border")
        for role in ROLES
    ]
    assert agree(engine, "read_part", who, rows) > 10


HEAD = '@id("X-{}") @source("s") @reason("r.") @way("w.") {} (principal, action == Action::"read_part", resource)'
CONDITIONS = [
    'resource.tlp == "RED"',
    '"AMBER" == resource.tlp',
    "20001 <= resource.until_day",
    "resource.until_day <= context.today",
    "resource.until_day == 20002",
    '["H0", "H1"].contains(resource.code)',
    "principal.roles.contains(resource.kind)",
    "resource.purposes.contains(context.purpose)",
    "resource.hidden",
    "resource.hidden == false",
    "resource.hidden == (resource.until_day <= 20001)",
    "resource.hidden == principal.is_bureau",
    "resource has tlp && !(resource has code && principal.is_bureau)",
    '!(resource.parties.contains("QM") || resource.parties.contains("QN")) && true',
    "principal.is_bureau",
    "false",
]


@settings(max_examples=60, deadline=None)
@given(st.data(), askers, st.lists(parts, min_size=6, max_size=12))
def test_any_rule_of_the_allowed_language_compiles_to_what_it_decides(
    engine: sa.Engine, data: st.DataObject, who: list[tuple[Principal, Context]], rows: list[PartFacts]
) -> None:
    picks = data.draw(
        st.lists(st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(CONDITIONS)), min_size=2, max_size=4)
    )
    text = "\n".join(
        f"{HEAD.format(f'{i:02d}', 'forbid' if i % 2 == 1 else 'permit')} when {{ {left} }} unless {{ {right} }};"
        for i, (left, right) in enumerate(picks)
    )
    agree(engine, "read_part", who, rows, Policies({"random.cedar": text}))


def test_a_missing_value_is_never_shown(engine: sa.Engine) -> None:
    who = principal("QN.bureau", frozenset({"duty_officer"}), is_bureau=True)
    context = Context("investigation", 20_001)
    predicate = POLICIES.predicate(who, "read_part", context)
    good = PartFacts(
        "form", "AMBER", "H1", frozenset({"investigation"}), NO_END, "QM.bureau", "QM", False,
        frozenset({"QN"}), frozenset({"QN.bureau"}),
    )  # fmt: skip
    with engine.begin() as link:
        fill(link, PART, [good])
        query = sa.select(PART.c.id).where(where(predicate, PART_COLUMNS))
        assert link.scalars(query).all() == [0]
        for name in ("tlp", "code", "until_day", "hidden"):
            fill(link, PART, [good])
            link.execute(sa.update(PART).values({name: None}))
            assert link.scalars(query).all() == [], name


def test_an_unmapped_attribute_is_our_own_fault() -> None:
    for predicate in (
        Equals("tlp", "RED"),
        AtMost("until_day", 3),
        OneOf("tlp", frozenset()),
        Contains("parties", "QM"),
    ):
        with pytest.raises(OwnFault, match="not mapped"):
            where(predicate, {})
    with pytest.raises(OwnFault, match="a column"):
        where(Equals("parties", "QM"), PART_COLUMNS)
    assert str(where(Always(), {})) == "true"
    assert str(where(Never(), {})) == "false"

"""The page of storage: every table and column of a node's database."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table

from comity.cli.docs.markdown import code, codes, page, section, table
from comity.storage import schema

TABLES = {
    "act": "One row for each act: the exact signed header, its signature, and what it reached here.",
    "act_part": "Which parts an act carries, by commitment.",
    "part": "One row for each part held here: its terms, its sealed bytes, and the moments of its erasure.",
    "part_source": "What a part was made from: recalling the source recalls the part.",
    "chunk": "Sealed pieces of attachments.",
    "statement": "Values of entities in the clear, for search and screening; they go when their part is hidden.",
    "matter": "One row for each matter: what it shows, and what the policies ask about it.",
    "participant": "Who is in a matter, as far as this node knows.",
    "track": "What each track of a matter shows.",
    "effect": "Effects due, started, done, dropped, or handed to an officer; one for each act and name.",
    "outbox": "What is to be sent, as intents: an envelope is sealed when it goes.",
    "lane": "Numbers given out and taken in on each lane of each peer.",
    "peer": "When a peer was last reached, and since when it fails.",
    "delivery": "What came, by its identity, with the receipt that it gets again.",
    "receipt": "What members answered about our acts.",
    "quarantine": "What was refused: rule and sentence, never the content.",
    "leaf": "Entries of the logs, as the exact bytes that are hashed.",
    "tree_node": "Hashes of complete subtrees of the logs.",
    "log_head": "Size and peaks of each log.",
    "checkpoint": "Signed checkpoints of each log.",
    "document": "Every version of the directory and of the members' lists.",
    "account": "Accounts of officers.",
    "session": "Sessions, under the digest of their token.",
    "submission": "What became of a form, by its idempotency key.",
    "alert": "Acts that an agency has not looked at yet.",
    "watch": "Matters whose persons travellers are screened against.",
    "judged_hit": "Which pair a decided hit was about, as keyed digests; the decision itself stands in the acts.",
    "service_key": "Keys of other systems, each under its public half and as a digest.",
    "rota": "Who is on duty when, with a number; it stays in the bureau.",
    "look_review": "What came of asking an officer about unusual looking.",
    "escalation": "Which clock nobody met in time went to whom.",
    "mark": "Keyed marks by which the secretariat knows a person again after the content is gone; they name nobody.",
    "setting": "Small values of the node itself, such as the version of the watch.",
    "correspondent": "Offices without a node that are written to by letter.",
    "print_copy": "The register of numbered prints: what, of which matter, where, and what became of it.",
    "print_part": "The parts that each print was drawn from.",
    "debt": "What a recall still waits for here: prints that are out, national systems that have not answered.",
    "incoming": "Mail that no matter has taken yet, sealed; its content is dropped once an officer dealt with it.",
    "document_batch": "One row for each part that reports documents, with the number that its rows bear; an ended one "
    "waits for the register's files to be overwritten.",
    "document_row": "Documents that were reported and are not yet in the register's files, as keyed digests.",
    "document_range": "Ranges of blanks that were reported.",
    "kept_record": "The records of one's own that were made from a matter, with the law that they are kept under.",
    "look_up": "Each question about a person or a document: by whom, for what, and about which, as a keyed digest.",
    "look_up_batch": "Which questions each batch entry of the disclosure log covers; one is made in a minute.",
    "kept_answer": "What a system was answered under its own idempotency key, for a day.",
    "followed": "Documents that a system asked about and wants to hear of again: sealed, and gone with their term.",
    "subscriber": "Systems that are told of events, each with its address, its service key and the kinds of events.",
    "event": "Events for each subscriber in their order, and what became of telling them.",
}
"""What each table holds; a table without words here makes the page fail."""


def storage() -> str:
    """Every table in the order of the schema."""
    return page(
        "Storage",
        (schema.__doc__ or "").replace("``", "`"),
        "Part keys and salts lie in a file of their own, `keys/parts.sqlite`: one table `part_key` (`commitment`, "
        "`key`, `salt`). Reference lists lie as files under `lists/`: "
        "[decision 0011](../decisions/0011-versions-of-lists-are-files.md). The register of documents lies as files "
        "under `register/`: [decision 0024](../decisions/0024-the-database-says-what-stands-in-the-register.md).\n",
        *(
            section(code(one.name), TABLES[one.name], _columns(one), _keys(one))
            for one in schema.metadata.tables.values()
        ),
    )


def _columns(one: Table) -> str:
    rows = ((code(c.name), str(c.type).lower(), "may be empty" if c.nullable else "") for c in one.columns)
    return table(("Column", "Type", ""), rows)


def _keys(one: Table) -> str:
    keys = [f"Key: {codes(c.name for c in one.primary_key.columns)}."]
    keys += [f"Index: {_names(index.columns)}." for index in sorted(one.indexes, key=lambda i: str(i.name))]
    return " ".join(keys)


def _names(columns: Iterable[object]) -> str:
    return codes(str(getattr(column, "name", column)) for column in columns)

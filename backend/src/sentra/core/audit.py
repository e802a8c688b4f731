"""What is on record: who did what to what, when, from where."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Outcome = Literal["done", "refused", "failed"]


class Subject(Struct, frozen=True):
    """What an entry is about: its kind (`peer`, `user` …), its id, and the name it had then."""

    kind: str = ""
    id: str = ""
    name: str = ""


NOTHING = Subject()


class AuditEntry(Struct, frozen=True):
    """One link of the chain. `id` counts from 1 without a gap; `at` is Unix seconds; `mac` is hex.

    `count` is above 1 for refusals of nobody in particular, which are counted by address, action and minute.
    """

    id: int
    at: float
    actor_id: str
    actor_name: str
    actor_kind: str
    address: str
    action: str
    outcome: Outcome
    subject_kind: str
    subject_id: str
    subject_name: str
    summary: str
    detail: Mapping[str, Any]
    count: int
    mac: str

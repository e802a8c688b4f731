"""Schemathesis: every kind of request that the description of the API allows, and every kind that it does not."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema

from sentra.web.openapi import document
from tests.access.conftest import World
from tests.access.things import Things, things
from tests.browser import ORIGIN
from tests.fuzz.bridge import OWNERS, Bridge
from tests.fuzz.words import WORDS

DESCRIPTION = Path(__file__).parents[2] / "frontend" / "src" / "api" / "openapi.json"
SEED = 54

REFUSED_FOR_WHAT_IT_MEANS = ["2xx", "303", "401", "403", "404", "409", "412", "422", "429", "502", "503"]
"""How a request of the right form may be answered: a form cannot say that a network is taken or a password wrong."""
SHARE_THEIR_ADDRESS = ("adopt_interface", "check_provider", "find_interfaces", "import_interface", "suggest_interface")
"""Their addresses are such of `/api/v1/interfaces/{interface_id}` or `/providers/{provider_id}` too, whose methods
`Allow` names besides."""


@dataclass
class Counted:
    """How many requests there were, and what was wrong with their answers."""

    cases: int = 0
    failures: list[str] = field(default_factory=list)


def operations(*tags: str, others: bool = False) -> list[str]:
    """Give the names of the operations with one of these tags, or of all others."""
    paths = json.loads(DESCRIPTION.read_text())["paths"]
    every = [operation for methods in paths.values() for operation in methods.values()]
    return [each["operationId"] for each in every if (each["tags"][0] in tags) is not others]


async def fuzz(world: World, operation: str, *, examples: int) -> Counted:
    """Send requests to one operation."""
    settings = _settings(["examples", "coverage", "fuzzing"], examples)
    settings["checks"]["allow_header_conformance"] = {"enabled": operation not in SHARE_THEIR_ADDRESS}
    return await _fuzz(world, settings, lambda schema: schema.include(operation_id=operation))


async def journeys(world: World, *, examples: int, steps: int) -> Counted:
    """Go through the operations in chains, each with what the one before answered."""
    settings = _settings(["stateful"], examples)
    settings["phases"]["stateful"] |= {"max-steps": steps}
    return await _fuzz(world, settings, lambda schema: schema)


async def _fuzz(world: World, settings: dict[str, Any], narrowed: Callable[[Any], Any]) -> Counted:
    there_is = await things(world)
    async with world.sentra.asgi.app_context():
        described = document(world.sentra.asgi)
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig.from_dict(settings))
    schema.app = Bridge(world)

    @schema.hook
    def map_case(context: Any, case: Any) -> Any:
        return _naming_what_there_is(case, there_is)

    return await asyncio.to_thread(_run, narrowed(schema))


def _settings(phases: list[str], examples: int) -> dict[str, Any]:
    return {
        "seed": SEED,
        "base-url": ORIGIN,
        "headers": {"Origin": ORIGIN, "X-Sentra-CSRF": "1", "Sec-Fetch-Site": "same-origin"},
        "auth": {"openapi": {"session": {"api_key": OWNERS}}},
        "workers": 1,
        "dictionaries": {"words": {"values": list(WORDS)}},
        "generation": {
            "deterministic": True,
            "database": "none",
            "max-examples": examples,
            "dictionaries": {"string": {"dictionary": "words", "probability": 0.3}},
        },
        "phases": {"enabled": False, **{phase: {"enabled": True} for phase in phases}},
        "checks": {"positive_data_acceptance": {"expected-statuses": REFUSED_FOR_WHAT_IT_MEANS}},
    }


def _naming_what_there_is(case: Any, there_is: Things) -> Any:
    """Let two of three addresses name something that there is."""
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH):
        return case
    for name, value in dict(case.path_parameters or {}).items():
        known, place = there_is.get(name), sum(str(value).encode())
        if known and place % 3:
            case.path_parameters[name] = known[place % len(known)]
    return case


def _run(schema: Any) -> Counted:
    counted = Counted()
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            counted.failures.append(f"{event.label}: {event.info.title} {event.info.message}")
        elif isinstance(event, events.ScenarioFinished):
            counted.cases += len(event.recorder.interactions)
            counted.failures += _failures(event.recorder)
    return counted


def _failures(recorder: Any) -> list[str]:
    return [
        f"{check.name}: {check.failure_info.failure}\n{_told(recorder.interactions.get(case_id))}"
        for case_id, checks in recorder.checks.items()
        for check in checks
        if check.failure_info is not None
    ]


def _told(interaction: Any) -> str:
    if interaction is None or interaction.response is None:
        return ""
    asked, said = interaction.request, interaction.response
    return f"{asked.method} {asked.uri} {(asked.body or b'')[:400]!r}\n{said.status_code} {said.content[:400]!r}"

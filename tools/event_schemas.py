"""Writes docs/events: a JSON Schema for every event type and version, the envelope's, and the AsyncAPI document.

All of it follows from shared/kernel/contracts: `python -m tools.event_schemas`. A test shows that they are current.
"""

import inspect
import json
import pkgutil
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import yaml

from shared.kernel import contracts
from shared.kernel.messages import Contract, Fact

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "events"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "envelope.json"
ASYNCAPI = "asyncapi.yaml"

_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TEXT = {"type": "string", "minLength": 1}
ATTRIBUTES: dict[str, tuple[dict[str, Any], str]] = {
    "specversion": ({"const": "1.0"}, "CloudEvents 1.0"),
    "id": ({"type": "string", "pattern": "^[0-9]{6}-[1-9][0-9]*$"}, "<tenant>-<seq>, unique within its source"),
    "source": ({"type": "string", "pattern": "^/yui/[a-z]+$"}, "/yui/<service>"),
    "type": ({"type": "string", "pattern": r"^yui\.[a-z]+\.[a-z_]+\.v[1-9][0-9]*$"}, "a literal, versioned name"),
    "subject": (_TEXT, "the stream"),
    "version": ({"type": "string", "pattern": "^[1-9][0-9]*$"}, "1, 2, 3 … without gaps in the stream"),
    "time": ({"type": "string", "format": "date-time", "pattern": "Z$"}, "recorded at, UTC"),
    "tenant": ({"type": "string", "pattern": "^[0-9]{6}$"}, "全国地方公共団体コード"),
    "seq": ({"type": "string", "pattern": "^[1-9][0-9]*$"}, "1, 2, 3 … without gaps in the tenant's ledger"),
    "prevhash": (_HASH, "the hash of the event before it; zeros before the first"),
    "hash": (_HASH, "SHA-256 over every attribute and the exact data bytes"),
    "actor": (_TEXT, "who caused it, pseudonymous"),
    "cause": (_TEXT, "source and id of the causing event, or the idempotency key of the request"),
    "correlation": (_TEXT, "what it is part of"),
}


def all_contracts() -> list[Contract]:
    """The contracts of all services, by name of the service."""
    names = sorted(module.name for module in pkgutil.iter_modules(contracts.__path__))
    return [import_module(f"{contracts.__name__}.{name}").CONTRACT for name in names]


def documents() -> dict[str, str]:
    """Name and text of every file in docs/events."""
    known = all_contracts()
    schemas = {f"{fact.TYPE}.json": schema_of(fact) for contract in known for fact in contract.facts.values()}
    texts = {name: _json(schema) for name, schema in {ENVELOPE: envelope(), **schemas}.items()}
    return {**texts, ASYNCAPI: yaml.safe_dump(asyncapi(known), allow_unicode=True, sort_keys=False, width=120)}


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON Schema of a fact's document."""
    (reference,), definitions = msgspec.json.schema_components([fact], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, "$id": f"{fact.TYPE}.json", "title": fact.TYPE, **reference, "$defs": definitions}


def envelope() -> dict[str, Any]:
    """The JSON Schema of the attributes, as headers in CloudEvents' binary content mode for Kafka."""
    properties = {f"ce_{name}": {**shape, "description": text} for name, (shape, text) in ATTRIBUTES.items()}
    return {
        "$schema": DIALECT,
        "$id": ENVELOPE,
        "title": "Envelope",
        "description": "The attributes of every event, as headers of its message.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def asyncapi(known: Iterable[Contract]) -> dict[str, Any]:
    """The AsyncAPI document: one channel per service that publishes anything."""
    publishing = [contract for contract in known if contract.facts]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Yui 結",
            "version": "1",
            "description": "Every event that Yui's services publish. Key of every message: the tenant.",
        },
        "defaultContentType": "application/json",
        "channels": {contract.service: _channel(contract) for contract in publishing},
        "operations": {f"publish_{contract.service}": _operation(contract) for contract in publishing},
        "components": {
            "messages": {fact.TYPE: _message(fact) for contract in publishing for fact in contract.facts.values()}
        },
    }


def _channel(contract: Contract) -> dict[str, Any]:
    return {
        "address": contract.topic,
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in contract.facts},
    }


def _operation(contract: Contract) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{contract.service}"}}


def _message(fact: type[Fact]) -> dict[str, Any]:
    def referring(file: str) -> dict[str, Any]:
        return {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": {"$ref": f"./{file}"}}

    return {
        "name": fact.TYPE,
        "title": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", fact.__name__),
        "summary": _summary(fact),
        "headers": referring(ENVELOPE),
        "payload": referring(f"{fact.TYPE}.json"),
        "bindings": {"kafka": {"key": {"type": "string", "pattern": "^[0-9]{6}$"}}},
    }


def _summary(fact: type[Fact]) -> str:
    text = inspect.cleandoc(fact.__doc__) if fact.__doc__ and fact.__doc__ != Fact.__doc__ else fact.__name__
    return " ".join(text.split("\n\n")[0].split())


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = documents()
    for path in FOLDER.iterdir():
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"docs/events: {len(texts)} files")


if __name__ == "__main__":
    main()

"""One sample for every event type and version. An old sample never changes: old ledgers must stay readable."""

import json
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from shared.kernel.contracts.requests import CareStandingRecorded
from shared.kernel.messages import Contract, Event, Fact, Former, Part
from tools import event_schemas
from tools.event_schemas import all_contracts, documents

SAMPLES = Path(__file__).parent / "facts"
ENVELOPE = json.loads((Path(__file__).parent / "envelope.json").read_bytes())
CONTRACTS = {type_: contract for contract in all_contracts() for type_ in contract.facts}
DOCUMENTS = documents()
SCHEMAS = {name: json.loads(text) for name, text in DOCUMENTS.items() if name.endswith(".json")}


def sample(type_: str) -> bytes:
    return (SAMPLES / f"{type_}.json").read_bytes().removesuffix(b"\n")


def contract_of(type_: str) -> Contract:
    return CONTRACTS[type_]


def test_every_type_has_its_sample_and_every_sample_its_type() -> None:
    assert sorted(path.stem for path in SAMPLES.iterdir()) == sorted(CONTRACTS)


@pytest.mark.parametrize("type_", CONTRACTS)
def test_a_sample_reads_and_writes_back_to_the_byte(type_: str) -> None:
    fact = msgspec.json.decode(sample(type_), type=contract_of(type_).facts[type_])
    assert msgspec.json.encode(fact) == sample(type_)


@pytest.mark.parametrize("type_", CONTRACTS)
def test_a_ledger_gives_facts_of_today_whatever_shape_it_keeps(type_: str) -> None:
    contract = contract_of(type_)
    read = contract.decode(type_, sample(type_))
    assert not isinstance(read, Former)
    assert type_ in {shape.TYPE for shape in (type(read), *read.FORMER)}
    assert contract.decode(read.TYPE, msgspec.json.encode(read)) == read


def test_a_former_register_says_the_same_of_every_day() -> None:
    type_ = "yui.requests.care_standing_recorded.v1"
    known, read = json.loads(sample(type_))["register"], contract_of(type_).decode(type_, sample(type_))
    assert isinstance(read, CareStandingRecorded)
    assert [period.care_level for period in read.register.periods] == ["support1", "support2"]
    assert {period.district_id for period in read.register.periods} == {known["district_id"]} == {"D2"}


@pytest.mark.parametrize("type_", CONTRACTS)
def test_a_sample_fits_its_published_schema(type_: str) -> None:
    schema = SCHEMAS[f"{type_}.json"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(json.loads(sample(type_)))


@pytest.mark.parametrize("type_", CONTRACTS)
def test_a_document_with_a_field_more_or_less_is_garbled(type_: str) -> None:
    known = json.loads(sample(type_))
    validator = Draft202012Validator(SCHEMAS[f"{type_}.json"])
    for name in known:
        less = {other: value for other, value in known.items() if other != name}
        with pytest.raises(msgspec.ValidationError, match=name):
            contract_of(type_).decode(type_, json.dumps(less).encode())
        assert not validator.is_valid(less)
    more = {**known, "note": "free text"}
    with pytest.raises(msgspec.ValidationError, match="note"):
        contract_of(type_).decode(type_, json.dumps(more).encode())
    assert not validator.is_valid(more)


def parts_of(annotation: Any) -> set[type]:
    """Every Fact and Part that a document of this type can hold, however deep."""
    if get_origin(annotation):
        return set[type]().union(*[parts_of(inner) for inner in get_args(annotation)])
    if not (isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)):
        return set()
    fields = msgspec.structs.fields(annotation)
    return {annotation}.union(*[parts_of(field.type) for field in fields])


@pytest.mark.parametrize("type_", CONTRACTS)
def test_a_fact_is_a_frozen_document_without_defaults_or_fractions(type_: str) -> None:
    fact = contract_of(type_).facts[type_]
    assert issubclass(fact, Fact)
    for part in parts_of(fact):
        config = part.__struct_config__  # type: ignore[attr-defined]
        assert config.frozen, part
        assert config.forbid_unknown_fields, part
        for field in msgspec.structs.fields(part):
            assert field.required, f"{part.__name__}.{field.name} has a default"
            assert "float" not in str(field.type), f"{part.__name__}.{field.name} is a fraction"
    assert issubclass(fact, Part | Fact)


def test_a_recorded_envelope_keeps_its_hash() -> None:
    attributes = {name: value for name, value in ENVELOPE.items() if name not in ("prevhash", "hash")}
    event = Event(
        **attributes,
        data=sample(ENVELOPE["type"]),
        prevhash=bytes.fromhex(ENVELOPE["prevhash"]),
        hash=bytes.fromhex(ENVELOPE["hash"]),
        decode=contract_of(ENVELOPE["type"]).decode,
    )
    assert event.computed_hash().hex() == ENVELOPE["hash"]


# ------------------------------------------------------------------------------------------ docs/events


def test_the_published_documents_are_current() -> None:
    """When this fails: `python -m tools.event_schemas`."""
    published = {path.name: path.read_text(encoding="utf-8") for path in event_schemas.FOLDER.iterdir()}
    assert published == DOCUMENTS


def test_the_tool_writes_exactly_these_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_schemas, "FOLDER", tmp_path / "events")
    event_schemas.main()
    (tmp_path / "events" / "yui.requests.visit_melted.v1.json").write_text("{}")
    event_schemas.main()
    written = {path.name: path.read_bytes().decode() for path in (tmp_path / "events").iterdir()}
    assert written == DOCUMENTS


def headers() -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": "372013-2",
        "ce_source": "/yui/requests",
        "ce_type": ENVELOPE["type"],
        "ce_subject": ENVELOPE["stream"],
        "ce_version": str(ENVELOPE["version"]),
        "ce_time": ENVELOPE["time"],
        "ce_tenant": ENVELOPE["tenant"],
        "ce_seq": str(ENVELOPE["seq"]),
        **{f"ce_{name}": ENVELOPE[name] for name in ("prevhash", "hash", "actor", "cause", "correlation")},
    }


def test_the_envelope_has_a_schema() -> None:
    validator = Draft202012Validator(SCHEMAS["envelope.json"], format_checker=FormatChecker())
    validator.validate(headers())
    for name in headers():
        assert not validator.is_valid({other: value for other, value in headers().items() if other != name})
    assert not validator.is_valid({**headers(), "ce_seq": "0"})


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for value in node for found in references(value)] if isinstance(node, list) else []


def test_the_asyncapi_document_names_every_topic_and_type_and_all_it_refers_to_exists() -> None:
    document = yaml.safe_load(DOCUMENTS[event_schemas.ASYNCAPI])
    publishing = [contract for contract in all_contracts() if contract.facts]
    assert {name: channel["address"] for name, channel in document["channels"].items()} == {
        contract.service: contract.topic for contract in publishing
    }
    assert sorted(document["components"]["messages"]) == sorted(CONTRACTS)
    for reference in references(document):
        if reference.startswith("./"):
            assert reference.removeprefix("./") in DOCUMENTS
            continue
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node

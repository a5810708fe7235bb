"""Commands from edges: with an idempotency key, and the version that the person saw."""

from hashlib import sha256
from typing import Annotated, Any, Final

import msgspec
from fastapi import Header, Response
from pydantic import BaseModel

from shared.flow.handle import Accepted, Outcome, Request
from shared.web.context import ACTOR, Context
from shared.web.problems import Problem, accepted

MAX_KEY_CHARACTERS = 200

Key = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]
"""None reaches `send`, which says in Japanese that it is needed; `KEY_PARAMETER` declares it."""

KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "同じ依頼を一度だけ受け付けるための鍵。",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS},
}
IfMatch = Annotated[str | None, Header(alias="If-Match", description="見ていた版 (ETag)。")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]


class Receipt(BaseModel):
    """Where a command has led: read with `?after=<after>` to see it."""

    stream: str
    version: int
    after: str


def send(
    context: Context, service: str, tenant: str, command: Any, key: str | None, version: int | None = None
) -> Accepted:
    """One command of an API call. Raises Problem when it has no key or is refused."""
    if not key or len(key) > MAX_KEY_CHARACTERS:
        raise Problem(
            400,
            "idempotency_key_required",
            f"見出し Idempotency-Key に、この依頼だけの値({MAX_KEY_CHARACTERS}文字まで)を入れて送ってください。",
        )
    return accepted(_handle(context, service, tenant, command, key, version))


def send_form(
    context: Context, service: str, tenant: str, command: Any, form_key: str, version: int | None = None
) -> Outcome:
    """One command of a page. The same form with the same content, sent twice, is one command; changed, another."""
    digest = _digest(command).hex()[:16]
    return _handle(context, service, tenant, command, f"page:{form_key[:MAX_KEY_CHARACTERS]}:{digest}", version)


def _handle(context: Context, service: str, tenant: str, command: Any, key: str, version: int | None) -> Outcome:
    request = Request(
        tenant,
        command,
        ACTOR,
        key,
        context.mint(),
        key=key,
        input_hash=_digest(command),
        expected_version=version,
    )
    return context.handle(service, request)


def _digest(command: Any) -> bytes:
    return sha256(type(command).__name__.encode() + msgspec.json.encode(command)).digest()


def etag(version: int) -> str:
    return f'"{version}"'


def seen_version(if_match: str | None, *, required: bool) -> int | None:
    """The stream version of If-Match. Problem 428 when it is required and missing, 422 when unreadable."""
    if if_match is None:
        if required:
            raise Problem(
                428, "if_match_required", "見出し If-Match に、GET で受け取った ETag を入れて送ってください。"
            )
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Problem(
            422, "invalid", f"If-Match「{if_match}」は ETag として読めません。GET で受け取った値を送ってください。"
        )
    return int(text)


def receipt(service: str, outcome: Accepted, response: Response) -> Receipt:
    """The answer of a POST, with the new ETag: 201 when it recorded something, 200 when all was as wanted."""
    response.headers["ETag"] = etag(outcome.version)
    new = bool(outcome.types)
    response.status_code = 201 if new else 200
    return Receipt(stream=outcome.stream, version=outcome.version, after=f"{service}:{outcome.last_seq}")

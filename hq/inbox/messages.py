"""What a device sent, read so loosely that one bad operation never makes its batch unreadable."""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from core.contract.messages import MAX_PUSH_OPERATIONS, Epoch, Message
from core.operations import action_named
from core.operations.kernel import Action, Args, clean, decode_args, decode_operation, is_plain
from core.operations.operation import Id, Number, Operation, body_hash
from core.refusals import Refusal


class LoosePush(Message, frozen=True, kw_only=True):
    """A push whose operations are not read yet."""

    epoch: Epoch
    operations: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=MAX_PUSH_OPERATIONS)]


class Sent(msgspec.Struct, frozen=True):
    """One operation as it was sent."""

    body: str
    signature: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The place of an operation in its device's chain, read without judging the rest."""

    id: Id
    device: Id
    epoch: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    n: Number
    prev: str
    action: str = ""


class Readable(NamedTuple):
    """An operation that could be read strictly."""

    operation: Operation
    action: Action[Any]
    args: Args


class Envelope(NamedTuple):
    """One operation of a push; ``content`` is the refusal when it can't be read strictly."""

    sent: Sent
    hash: str
    head: Head | None
    content: Readable | Refusal


def open_envelope(raw: msgspec.Raw) -> Envelope:
    """Read one operation; raises Refusal ``body_invalid`` only when it is not even a signed text."""
    try:
        sent = msgspec.json.decode(raw, type=Sent)
        digest = body_hash(sent.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refusal("body_invalid", problem=str(error)) from error
    content = _content(sent.body)
    head = _head(sent.body) if isinstance(content, Refusal) else _head_of(content.operation)
    return Envelope(sent, digest, head, content)


def read(body: str) -> Readable:
    """The operation, its action and arguments; raises the Refusal it shall be parked with."""
    operation = decode_operation(body)
    if not is_plain(body):
        clean(msgspec.to_builtins((operation.action, operation.touches, operation.versions)))
    action = action_named(operation.action)
    return Readable(operation, action, decode_args(action, operation.args))


def _content(body: str) -> Readable | Refusal:
    try:
        return read(body)
    except Refusal as refusal:
        return refusal


def _head(body: str) -> Head | None:
    try:
        return msgspec.json.decode(body, type=Head)
    except (msgspec.DecodeError, RecursionError):
        return None


def _head_of(made: Operation) -> Head:
    return Head(id=made.id, device=made.device, epoch=made.epoch, n=made.n, prev=made.prev, action=made.action)


def harmless(value: Any) -> Any:
    """``value`` as JSON builtins without control characters, so that any database and log takes it."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" else "\N{REPLACEMENT CHARACTER}" for c in value)
    if isinstance(value, dict):
        return {harmless(str(key)): harmless(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(item) for item in value]
    return harmless(msgspec.to_builtins(value, enc_hook=str)) if not isinstance(value, _PLAIN) else value


_PLAIN = (int, float, bool, type(None))

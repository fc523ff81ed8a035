"""Routes by which a device comes in: enrolment, access tokens, hello."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from core.contract.messages import (
    ChallengeReply,
    EnrolReply,
    EnrolRequest,
    Hello,
    HelloReply,
    TokenReply,
    TokenRequest,
)
from core.refusals import Refusal
from hq.api.described import gives, takes
from hq.api.desk_messages import Health
from hq.api.doors import Doors, address, device_id, doors, in_thread, message_of, now, reply
from hq.identity import TOKEN_SECONDS, EnrolledPlace, device_of, enrol
from hq.inbox import greet
from hq.inbox.messages import harmless

router = APIRouter(prefix="/v1", tags=["devices"])


@router.get("/health", responses=gives(Health))
async def health(request: Request) -> Response:
    """Whether HQ answers and its database does."""

    def ask() -> str:
        with doors(request).store.reading() as connection:
            return str(connection.exec_driver_sql("SELECT 'ok'").scalar_one())

    return reply(Health(status=await run_in_threadpool(ask), server_time=now(request)))


@router.post("/enrol", openapi_extra=takes(EnrolRequest, secured=False), responses=gives(EnrolReply))
async def enrol_device(request: Request) -> Response:
    """A one-time code and the device's public key make a device of the code's place."""
    parts = doors(request)
    parts.enrolments.check(address(request))
    asked = await message_of(request, EnrolRequest)

    def take() -> EnrolledPlace:
        named = {"name": harmless(asked.device_name), "app_version": harmless(asked.app_version)}
        with parts.store.writing() as connection:
            return enrol(connection, asked.code, asked.public_key, now(request), **named)

    return reply(_enrolled(parts, await run_in_threadpool(take)))


def _enrolled(parts: Doors, enrolled: EnrolledPlace) -> EnrolReply:
    device, place = enrolled
    return EnrolReply(
        device=device.id,
        place=place.id,
        place_name=place.name,
        place_kind=place.kind.value,
        branch_id=place.branch_id,
        epoch=device.epoch,
        hq_id=parts.headquarters.hq_id,
        hq_key=parts.headquarters.public_key,
        ca_pem=parts.settings.ca_pem,
        utc_offset_minutes=place.utc_offset_minutes,
        server_time=parts.settings.clock(),
    )


@router.post("/token", openapi_extra=takes(TokenRequest, secured=False), responses=gives((ChallengeReply, TokenReply)))
async def token(request: Request) -> Response:
    """First a challenge, then for its signature an access token."""
    parts = doors(request)
    asked = await message_of(request, TokenRequest)
    parts.requests.check(f"token {asked.device}")
    if asked.challenge is None or asked.signature is None:
        return reply(ChallengeReply(challenge=parts.tokens.challenge(asked.device, now(request).timestamp())))
    parts.tokens.check_challenge(asked.challenge, asked.device, now(request).timestamp())
    challenge, signature = asked.challenge, asked.signature

    def verified() -> bool:
        with parts.store.reading() as connection:
            return device_of(connection, asked.device).verifies(challenge.encode(), signature)

    if not await run_in_threadpool(verified):
        raise Refusal("challenge_wrong")
    return reply(TokenReply(token=parts.tokens.token(asked.device, now(request).timestamp()), expires_in=TOKEN_SECONDS))


@router.post("/hello", openapi_extra=takes(Hello), responses=gives(HelloReply))
async def hello(request: Request) -> Response:
    """Where the device and HQ stand with each other."""
    device = device_id(request)
    said = await message_of(request, Hello)
    return reply(await in_thread(request, greet, doors(request).store, device, said, now(request)))

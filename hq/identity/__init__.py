"""Who HQ is and who speaks to it: its own keys, enrol codes, devices' tokens, other systems' keys."""

from hq.identity.api_keys import check_api_key, issue_api_key
from hq.identity.devices import Device, EnrolledPlace, device_of, enrol, grant_epoch, revoke
from hq.identity.enrol_codes import issue_enrol_code
from hq.identity.headquarters import Headquarters, establish, headquarters, new_incarnation
from hq.identity.tokens import TOKEN_SECONDS, Tokens
from hq.identity.trust import Known, device_named, person_named, revoke_named

__all__ = [
    "TOKEN_SECONDS",
    "Device",
    "EnrolledPlace",
    "Headquarters",
    "Known",
    "Tokens",
    "check_api_key",
    "device_named",
    "device_of",
    "enrol",
    "establish",
    "grant_epoch",
    "headquarters",
    "issue_api_key",
    "issue_enrol_code",
    "new_incarnation",
    "person_named",
    "revoke",
    "revoke_named",
]

"""What is wrong with an argument or a file, in the language in use (decoders and systems say it in English)."""

import re

from app.i18n import N_, _

#: What the decoder of JSON says, and how a person is told; ``{name}`` is the argument.
_SAID = (
    (re.compile(r"Object missing required field `(?P<name>[^`]+)`"), N_("“{name}” is missing")),
    (re.compile(r"Object contains unknown field `(?P<name>[^`]+)`"), N_("there is no argument “{name}”")),
    (re.compile(r"Expected `datetime` with a timezone component.*`\$\.(?P<name>[^`]+)`"),
     N_("“{name}” is a time without its zone; write it like 2026-03-17T02:00:00Z")),
    (re.compile(r"Expected `str` matching regex .*`\$\.(?P<name>[^`]+)`"), N_("“{name}” is no id")),
    (re.compile(r"Expected `str` of length >= 1 .*`\$\.(?P<name>[^`]+)`"), N_("“{name}” is empty")),
    (re.compile(r"Expected `(?P<kind>[^`]+)` of length <= (?P<most>\d+) .*`\$\.(?P<name>[^`]+)`"),
     N_("“{name}” is longer than {most}")),
    (re.compile(r"Expected `(?P<kind>[^`]+)`, got `(?P<got>[^`]+)` - at `\$\.(?P<name>[^`]+)`"),
     N_("“{name}” should be of type {kind}")),
    (re.compile(r"Expected `(?P<kind>[^`]+)` (?P<bound>[<>]=? ?-?\d+) - at `\$\.(?P<name>[^`]+)`"),
     N_("“{name}” should be {bound}")),
    (re.compile(r"Invalid (?P<kind>.+) - at `\$\.(?P<name>[^`]+)`"), N_("“{name}” is not one of the possible values")),
)  # fmt: skip
#: Texts that are translated as they are.
_KNOWN = (
    N_("control characters"),
    N_("a date outside the calendar"),
    N_("not an object"),
    N_("not text"),
    N_("not JSON"),
    N_("a file or a picture is missing"),
    N_("not a certificate"),
    N_("Permission denied"),
    N_("Is a directory"),
    # of a rescue file
    N_("cut off"),
    N_("changed"),
    N_("manifest"),
    N_("no manifest"),
    N_("operations"),
    N_("photos"),
    N_("unknown record"),
    N_("more than its end"),
)


def problem_words(said: str) -> str:
    """The problem as a person is told; an unknown one as it came."""
    for pattern, told in _SAID:
        found = pattern.fullmatch(said)
        if found:
            return _(told).format_map(found.groupdict())
    return _(said)

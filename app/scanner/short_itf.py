"""An ITF of four digits: so short that bars of anything else pass for it, so it has to stand every rendition."""

from app.scanner.agreement import looks_of, place_of
from app.scanner.codes import Code
from app.scanner.engines import Gray, read_zxing
from app.scanner.preparation import upright

_SHORTEST = {"ITF": 4}


def read_short_itf(gray: Gray) -> list[Code]:
    """The codes of four digits that all renditions of their places give alike (margins are the engine's affair).

    Meant for a picture in which nothing else was read; `acceptance` never takes one for sure.
    """
    found = read_zxing(gray, ("ITF",), stage="short", shortest=_SHORTEST)
    return [code for code in found if len(code.text) == _SHORTEST["ITF"] and _stands(gray, code)]


def _stands(gray: Gray, code: Code) -> bool:
    return all(
        [one.text for one in read_zxing(look, ("ITF",), fast=True, histogram=histogram, shortest=_SHORTEST)]
        == [code.text]
        for look, histogram in looks_of(upright(gray, place_of(code)).image)
    )

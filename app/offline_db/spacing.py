"""How texts stand in the full-text table: every Chinese character is a word of its own; and what a person asks for.

SQLite's own word breaker takes a run of Chinese for one word, so that nothing inside it is found. Here a mark that no
one sees stands around each such character: any piece of a Chinese text is then a phrase of the index, however short.
"""

import re
import unicodedata
from itertools import groupby

#: Stands between words where the text has no blank; taken out again before a person sees the text.
MARK = "\u200b"
#: Chinese characters, with kana and hangul, which are written without blanks too.
_LONE = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: Full-width letters and digits are typed by input methods; they mean the same.
_NARROW = {code: code - 0xFEE0 for begin, end in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
           for code in range(begin, end + 1)}  # fmt: skip
#: Where one question ends and the next begins: blanks, and what Chinese sentences are divided by.
_APART = re.compile("[\\s\x00、，。；：？！,;]+")
_MOST_PIECES = 12
_MOST_WORDS = 40


def spaced(text: str) -> str:
    """The text for the index: marks around each Chinese character, full-width letters and digits made narrow."""
    return _LONE.sub(f"{MARK}\\g<0>{MARK}", text.replace(MARK, "").translate(_NARROW))


def unspaced(text: str) -> str:
    """The text as a person wrote it."""
    return text.replace(MARK, "")


def question(typed: str) -> str:
    """What was typed in the language of the full-text table; "" when it holds no letter, digit or character.

    Blanks part it into pieces that must all be found; a piece is a phrase, and its last word, unless it is Chinese,
    may go on. No character or word of it is an operator.
    """
    pieces = [_words(piece) for piece in _APART.split(typed)]
    return " AND ".join(_phrase(words) for words in pieces[:_MOST_PIECES] if words)


def _words(piece: str) -> list[str]:
    """The words of a piece as SQLite's word breaker will see them: letters and digits, Chinese one by one."""
    found = []
    for is_word, group in groupby(spaced(piece), key=_is_of_a_word):
        if is_word:
            found.append("".join(group))
    return found[:_MOST_WORDS]


def _is_of_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _phrase(words: list[str]) -> str:
    goes_on = "" if _LONE.match(words[-1]) else " *"
    return f'"{" ".join(words)}"{goes_on}'

"""Chinese words are found by what a keyboard types: every reading, whole or by first letters."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin, pinyin

import resources
from app.pinyin import begins, spells
from app.ui.widgets.combo_search import Choice, find
from core.fault_codes import FIELDS, FaultCatalogue

FX = msgspec.json.decode(resources.read_text("codes", "fx.json"), type=FaultCatalogue)
ENTRIES = [(field, entry) for field in FIELDS for entry in FX.table(field)]
CHINESE = st.text(st.sampled_from("黑屏重绿行乐长曾单李不亮显示器"), min_size=1, max_size=8)


def letters(text):
    return "".join(one for one in text if one.isalnum())


@pytest.mark.parametrize("chinese", [True, False], ids=["zh", "en"])
@given(entry=st.sampled_from(ENTRIES), data=st.data())
def test_every_fault_code_is_found_by_code_both_languages_initials_and_pinyin(chinese, entry, data):
    field, wanted = entry
    choices = [
        Choice(one.code, one.zh if chinese else one.en, one.en if chinese else one.zh) for one in FX.table(field)
    ]
    zh = letters(wanted.zh)
    ways = {
        "code": wanted.code,
        "code, typed small": wanted.code.lower(),
        "zh": wanted.zh,
        "en": wanted.en,
        "initials": "".join(lazy_pinyin(zh, style=Style.FIRST_LETTER)).lower(),
        "pinyin": "".join(lazy_pinyin(zh)).lower(),
        "pinyin from within": "".join(lazy_pinyin(zh[data.draw(st.integers(0, len(zh) - 1)) :])).lower(),
    }
    way = data.draw(st.sampled_from(sorted(ways)))
    assert wanted.code in [one.id for one in find(choices, ways[way])], (way, ways[way])


@given(st.sampled_from(ENTRIES))
def test_a_typed_code_comes_first(entry):
    field, wanted = entry
    choices = [Choice(one.code, one.zh, one.en) for one in FX.table(field)]
    assert find(choices, wanted.code)[0].id == wanted.code


@given(CHINESE, st.data())
def test_each_character_may_be_spelt_by_any_reading_whole_or_by_its_first_letter(text, data):
    choices = pinyin(text, style=Style.NORMAL, heteronym=True)
    spelt = [data.draw(st.sampled_from(readings)) for readings in choices]
    cut = [data.draw(st.sampled_from([reading, reading[0]])) for reading in spelt]
    first = data.draw(st.integers(0, len(text) - 1))
    assert begins(text, "".join(cut))
    assert spells(text, "".join(cut[first:]))
    assert spells(text, "".join(cut)[: -len(cut[-1])] + spelt[-1][:2]), "the last one may be unfinished"
    assert not spells(text, "".join(cut) + "w"), "nothing here is read with a w"


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("黑屏", "hp", True),
        ("黑屏", "heiping", True),
        ("黑屏", "heip", True),
        ("黑屏", "ping", True),
        ("黑屏", "hb", True),  # 屏 is also read bing
        ("黑屏", "eiping", False),
        ("黑屏", "ph", False),
        ("重影", "zy", True),
        ("重影", "cy", True),
        ("绿屏", "lvp", True),
        ("无图像，有声音", "wtxyss", False),
        ("无图像，有声音", "wtxysy", True),
        ("主板（LED）", "zbled", True),
        ("dark", "da", False),  # plain words are found as they are, not here
        ("黑屏", "黑", False),
        ("", "a", False),
        ("黑屏", "", False),
    ],
)
def test_what_is_found(text, typed, found):
    assert spells(text, typed) is found


def test_a_name_is_found_from_its_beginning():
    assert begins("曾国强", "zgq")
    assert begins("曾国强", "ceng")
    assert not begins("曾国强", "guo")
    assert spells("曾国强", "guo")

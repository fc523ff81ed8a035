"""Fault and repair codes: what fits together, what is offered, and how a code is found."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.fault_codes import FIELDS, PROBLEMS, CodeEntry, Coding, FaultCatalogue, options, possible

FX = msgspec.json.decode(resources.read_text("codes", "fx.json"), type=FaultCatalogue)
NAMES = msgspec.json.decode(resources.read_text("codes", "part_classes.json"))
CLASSES = ["tv_lcd", "refrigerator", "washing_machine", "air_conditioner", "phone", "computer"]

BACKLIGHT = Coding(
    product_class="tv_lcd",
    condition="1",
    symptom="D02",
    section="BLT",
    defect="22",
    repair="10",
    part_classes=("backlight",),
)


def with_(**facts):
    return msgspec.structs.replace(BACKLIGHT, **facts)


def rules(coding):
    return [(problem.rule, problem.field) for problem in possible(coding, FX)]


SOUND = [
    BACKLIGHT,
    with_(section="NF0", defect="00", repair="00", part_classes=()),
    with_(section="PNL", defect="21", repair="12", part_classes=("panel",)),
    with_(section="TUN", defect="23", repair="10", symptom="R01", part_classes=("tuner",)),
    with_(section="BLT", defect="15", repair="04", part_classes=()),
    Coding(
        product_class="refrigerator",
        condition="1",
        symptom="C01",
        section="CMP",
        defect="41",
        repair="13",
        part_classes=("compressor", "filter_drier"),
    ),
    Coding(
        product_class="washing_machine",
        condition="2",
        symptom="W05",
        section="MOT",
        defect="30",
        repair="14",
        part_classes=("motor",),
    ),
    Coding(
        product_class="air_conditioner",
        condition="1",
        symptom="C02",
        section="REF",
        defect="40",
        repair="20",
    ),
    Coding(
        product_class="phone",
        condition="3",
        symptom="P03",
        section="BAT",
        defect="50",
        repair="15",
        part_classes=("battery",),
    ),
    Coding(
        product_class="computer",
        condition="1",
        symptom="M04",
        section="STO",
        defect="53",
        repair="18",
        part_classes=("disk",),
    ),
]


@pytest.mark.parametrize("coding", SOUND, ids=lambda coding: f"{coding.product_class}-{coding.section}")
def test_everyday_repairs_of_every_class_are_possible(coding):
    assert rules(coding) == []


PROBLEM_ROWS = [
    (with_(condition=""), [("code_missing", "condition")]),
    (with_(symptom="ZZZ"), [("code_unknown", "symptom")]),
    (with_(symptom="C01"), [("code_not_for_class", "symptom")]),
    (with_(section="NF0"), [("no_fault_mixed", "defect"), ("defect_not_in_section", "defect")]),
    (
        with_(section="NF0", defect="00", repair="00"),
        [("no_fault_with_part", "repair")],
    ),
    # a panel swap with a tuner-only defect
    (
        with_(section="PNL", defect="23", repair="12", part_classes=("panel",)),
        [("defect_not_in_section", "defect"), ("repair_not_for_defect", "repair")],
    ),
    (with_(section="TUN", defect="23", part_classes=("panel",)), [("part_not_in_section", "section")]),
    (with_(repair="01"), [("repair_not_for_defect", "repair")]),
    (with_(part_classes=()), [("repair_without_part", "repair")]),
    (
        Coding(product_class="tv_lcd"),
        [("code_missing", field) for field in FIELDS],
    ),
    (
        with_(section="NF0", defect="", repair=""),
        [("code_missing", "defect"), ("code_missing", "repair"), ("no_fault_with_part", "repair")],
    ),
]


@pytest.mark.parametrize(("coding", "found"), PROBLEM_ROWS)
def test_what_cannot_be_is_named_with_the_field_to_mend(coding, found):
    assert rules(coding) == found
    for problem in possible(coding, FX):
        assert PROBLEMS[problem.rule].format_map(problem.facts)


def codes(entries):
    return {entry.code for entry in entries}


def test_the_lists_offer_only_what_fits_the_class():
    empty = Coding(product_class="refrigerator")
    assert "C01" in codes(options("symptom", empty, FX))
    assert "D01" not in codes(options("symptom", empty, FX))
    assert "TUN" not in codes(options("section", empty, FX))


def test_swapping_a_panel_never_offers_a_tuner_only_defect():
    swapped = Coding(product_class="tv_lcd", part_classes=("panel",))
    sections = codes(options("section", swapped, FX))
    assert "PNL" in sections
    assert "TUN" not in sections
    assert "NF0" in sections  # its contradiction shows once the diagnosis is complete
    at_panel = msgspec.structs.replace(swapped, section="PNL")
    assert "23" not in codes(options("defect", at_panel, FX))
    assert "21" in codes(options("defect", at_panel, FX))


def test_repairs_are_offered_for_the_defect_before_the_part_is_booked():
    diagnosed = with_(section="PNL", defect="21", repair="", part_classes=())
    offered = codes(options("repair", diagnosed, FX))
    assert "12" in offered
    assert "00" not in offered
    assert "02" not in offered


@given(
    st.builds(
        Coding,
        product_class=st.sampled_from(CLASSES),
        condition=st.sampled_from(["", *codes(FX.condition)]),
        symptom=st.sampled_from(["", *codes(FX.symptom), "ZZZ"]),
        section=st.sampled_from(["", *codes(FX.section)]),
        defect=st.sampled_from(["", *codes(FX.defect)]),
        repair=st.sampled_from(["", *codes(FX.repair)]),
        part_classes=st.lists(st.sampled_from([row["id"] for row in NAMES]), max_size=2).map(tuple),
    )
)
def test_a_sound_coding_finds_each_of_its_codes_in_the_lists(coding):
    problems = possible(coding, FX)
    assert len({(one.rule, one.field) for one in problems}) == len(problems)
    if not problems:
        for field in FIELDS:
            assert getattr(coding, field) in codes(options(field, coding, FX))


def test_the_shipped_list_is_complete():
    assert min(len(FX.symptom), len(FX.section), len(FX.defect), len(FX.repair)) >= 10
    for field in FIELDS:
        entries = FX.table(field)
        assert len(codes(entries)) == len(entries)
        assert all(entry.zh and entry.en for entry in entries)
    known = {row["id"] for row in NAMES}
    assert all(row["zh"] and row["en"] for row in NAMES)
    for section in FX.section:
        assert section.part_classes <= known
    for defect in FX.defect:
        assert defect.sections <= codes(FX.section)
    for repair in FX.repair:
        assert repair.defects <= codes(FX.defect)
        assert repair.level in {"check", "minor", "medium", "major"}
    assert [entry.code for entry in FX.defect if entry.no_fault] == ["00"]


@pytest.mark.parametrize("product_class", CLASSES)
def test_every_class_has_symptoms_and_every_section_of_it_a_defect_and_a_repair(product_class):
    empty = Coding(product_class=product_class)
    assert len(options("symptom", empty, FX)) >= 12
    for section in options("section", empty, FX):
        at = msgspec.structs.replace(empty, section=section.code)
        defects = options("defect", at, FX)
        assert defects, section.code
        for defect in defects:
            diagnosed = msgspec.structs.replace(at, defect=defect.code)
            assert options("repair", diagnosed, FX), (section.code, defect.code)


def test_a_code_is_short_plain_and_of_known_fields():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"code": "d 1", "zh": "x", "en": "x"}, CodeEntry)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"code": "D1", "zh": "x", "en": "x", "class": []}, CodeEntry)

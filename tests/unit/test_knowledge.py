"""The knowledge base: what is offered beside the codes, how a body is built, an article proposed as an operation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.knowledge import MOST_OFFERED, WEIGHTS, About, Block, Subject, blocks, offered, weight
from core.refusals import Refusal
from core.rows.knowledge import Article, ArticleProposal, EditionState, ProposalPicture, ProposalState
from core.rows.orders import TimelineEntry
from core.rows.reference import ProductClass, ReferenceDocument
from hq.sample.memory import MemoryRows
from tests.unit import world as w
from tests.unit.world import a_world, an_id, do

TV = About(model=w.MODEL, product_class="tv_lcd", symptom="D01", section="BLT", defect="22")


def a_subject(number: str = "KB-0001", **about: tuple[str, ...]) -> Subject:
    return Subject(key=number, number=number, **about)


# --- what is offered --------------------


def test_a_text_that_names_the_model_comes_before_one_that_names_the_class():
    of_class = a_subject("KB-0001", product_classes=("tv_lcd",), symptoms=("D01",))
    of_model = a_subject("KB-0002", models=(w.MODEL,), symptoms=("D01",))
    assert offered([of_class, of_model], TV) == [of_model, of_class]


@pytest.mark.parametrize(
    "about",
    [
        {"models": ("OTHER",), "symptoms": ("D01",)},
        {"product_classes": ("phone",), "symptoms": ("D01",)},
        {"product_classes": ("tv_lcd",)},
        {"symptoms": ("D02",)},
        {"models": (w.MODEL,)},
    ],
)
def test_what_is_about_another_unit_or_fault_is_not_offered(about):
    assert weight(a_subject(**about), TV) == 0


def test_before_a_code_is_known_only_what_names_the_model_is_offered():
    uncoded = About(model=w.MODEL, product_class="tv_lcd")
    assert weight(a_subject(models=(w.MODEL,)), uncoded)
    assert not weight(a_subject(product_classes=("tv_lcd",), symptoms=("D01",)), uncoded)


def test_the_defect_and_the_section_alone_may_bring_a_text():
    assert weight(a_subject(defects=("22",)), TV) == WEIGHTS["defects"]
    assert weight(a_subject(sections=("BLT", "PNL")), TV) == WEIGHTS["sections"]


_CODES = st.lists(st.sampled_from(("D01", "D02", "P01")), max_size=3).map(tuple)
_SUBJECTS = st.lists(
    st.builds(
        Subject,
        key=st.uuids().map(str),
        number=st.sampled_from(("KB-0001", "KB-0002", "KB-0003")),
        models=st.sampled_from(((), (w.MODEL,), ("OTHER",))),
        product_classes=st.sampled_from(((), ("tv_lcd",), ("phone",))),
        symptoms=_CODES,
        defects=st.sampled_from(((), ("22",))),
    ),
    max_size=12,
)


@given(_SUBJECTS, st.randoms())
def test_the_offer_is_short_ordered_and_the_same_whatever_the_order_of_reading(subjects, dice):
    found = offered(subjects, TV)
    weights = [weight(one, TV) for one in found]
    assert len(found) <= MOST_OFFERED and weights == sorted(weights, reverse=True) and all(weights)
    mixed = list(subjects)
    dice.shuffle(mixed)
    told = [(weight(one, TV), one.number) for one in offered(mixed, TV)]
    assert told == [(weight(one, TV), one.number) for one in found]


# --- bodies --------------------


def test_a_body_has_headings_points_and_paragraphs():
    body = "先看灯条。\n\n# 步骤\n- 断电\n- 量电压\n第二段\n接着写\n\n\n#不是标题\n-"
    assert blocks(body) == [
        Block("paragraph", "先看灯条。"),
        Block("heading", "步骤"),
        Block("point", "断电"),
        Block("point", "量电压"),
        Block("paragraph", "第二段\n接着写"),
        Block("paragraph", "#不是标题\n-"),
    ]


@given(st.text(alphabet="# -\n文a", max_size=60))
def test_no_character_of_a_body_is_lost_but_marks_and_blanks(body):
    kept = "".join(block.text for block in blocks(body))
    assert [kept.count(one) for one in "文a"] == [body.count(one) for one in "文a"]


# --- proposing --------------------


def proposal(**more):
    values = {"language": "zh", "title": "背光灯条坏", "body": "先量电压。", "models": [w.MODEL], "symptoms": ["D01"]}
    return values | more


def a_picture(number: int = 1):
    return {"sha256": f"{number:064x}", "bytes": 1000, "media_type": "image/jpeg"}


def an_article(**fields):
    values = {"id": "KB-0001.1", "number": "KB-0001", "edition": 1, "title_zh": "背光", "published_at": w.NOW}
    return Article(**(values | fields))


def test_a_proposal_waits_for_headquarters_with_its_pictures_and_shows_in_the_order():
    rows = a_world()
    do(rows, "propose_article", proposal(order_id=w.ORDER, pictures=[a_picture(1), a_picture(2)]))
    (found,) = rows.find(ArticleProposal)
    assert (found.state, found.station_id, found.proposed_by) == (ProposalState.OPEN, w.STATION, w.TECHNICIAN)
    assert (found.title, found.models, found.symptoms) == ("背光灯条坏", (w.MODEL,), ("D01",))
    pictures = sorted(rows.find(ProposalPicture, proposal_id=found.id), key=lambda one: one.position)
    assert [(one.sha256, one.added_by) for one in pictures] == [(f"{n:064x}", w.TECHNICIAN) for n in (1, 2)]
    assert [one.action for one in rows.find(TimelineEntry, order_id=w.ORDER)] == ["propose_article"]


def test_a_branch_proposes_too_and_no_station_sees_it_as_its_own():
    rows = a_world()
    do(rows, "propose_article", proposal(), user=w.MANAGER)
    (found,) = rows.find(ArticleProposal)
    assert (found.station_id, found.branch_id) == (None, w.BRANCH)


def test_a_proposal_may_revise_what_is_published_and_stand_in_for_a_returned_one():
    rows = a_world(an_article())
    do(rows, "propose_article", proposal())
    (first,) = rows.find(ArticleProposal)
    do(rows, "propose_article", proposal(revises="KB-0001", earlier_id=first.id), label="again")
    assert {one.revises for one in rows.find(ArticleProposal)} == {None, "KB-0001"}


def test_a_class_is_enough_to_be_about():
    rows = a_world(ProductClass(id="tv_lcd", name_zh="平板电视", name_en="TV"))
    do(rows, "propose_article", proposal(models=[], symptoms=[], product_classes=["tv_lcd"], parts=[w.PART]))
    assert len(rows.find(ArticleProposal)) == 1


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"order_id": an_id("none")}, "order_unknown"),
        ({"revises": "KB-0009"}, "article_unknown"),
        ({"revises": "KB-0002"}, "article_unknown"),
        ({"earlier_id": an_id("none")}, "proposal_unknown"),
        ({"models": [], "symptoms": []}, "article_about_nothing"),
        ({"product_classes": ["boat"]}, "class_unknown"),
        ({"models": ["NONE"]}, "model_unknown"),
        ({"symptoms": ["XXX"]}, "fault_code_unknown"),
        ({"defects": ["D01"]}, "fault_code_unknown"),
        ({"parts": ["NONE"]}, "part_unknown"),
        ({"title": ""}, "arguments_invalid"),
        ({"pictures": [a_picture(n) for n in range(1, 10)]}, "arguments_invalid"),
        ({"language": "fr"}, "arguments_invalid"),
    ],
)
def test_what_can_not_be_an_article_is_refused(args, code):
    rows = a_world(an_article(id="KB-0002.1", number="KB-0002", state=EditionState.WITHDRAWN))
    with pytest.raises(Refusal, match=code):
        do(rows, "propose_article", proposal(**args))


def test_without_a_list_of_codes_codes_are_not_judged():
    rows = MemoryRows()
    for row in a_world().everything():
        if not isinstance(row, ReferenceDocument):
            rows.put(row)
    do(rows, "propose_article", proposal(symptoms=["XXX"]))
    assert len(rows.find(ArticleProposal)) == 1

"""The knowledge base at HQ: proposals published as editions or returned, taken back, imported; who sees pictures."""

import hashlib
from typing import Any

import msgspec
import pytest

from core.contract.messages import REFERENCE_SCOPE
from core.refusals import Refusal
from core.rows.knowledge import Article, ArticlePicture, ArticleProposal, EditionState, JobTemplate, LikelyPart
from core.rows.reference import ProductClass
from core.rows.sync import Task
from hq.api.trust import DESK
from hq.books import prove
from hq.feed import work
from hq.identity import issue_api_key
from hq.imports import import_bytes
from hq.knowledge import service
from hq.knowledge.service import Publication
from tests.integration.hq_world import headquarters
from tests.unit import world as w

TEXT = {"language": "zh", "title": "背光灯条坏", "body": "先量灯条电压。", "models": [w.MODEL], "symptoms": ["D01"]}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture of a backlight" * 40
SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def hq(hq_store, tmp_path):
    """Both databases, with the small world and its product class."""
    television = ProductClass(id="tv_lcd", name_zh="平板电视", name_en="Flat TV")
    with headquarters(hq_store, tmp_path / "data", television) as found:
        yield found


def propose(device, **more: Any) -> str:
    """Propose it over the line; returns the proposal's id."""
    known = {key for key in device.everything() if key[0] == "article_proposal"}
    answer = device.one(device.do("propose_article", TEXT | more))
    assert answer.outcome == "applied"
    ((_, proposal_id),) = {key for key in device.everything() if key[0] == "article_proposal"} - known
    return proposal_id


def rows_of(device, entity: str) -> list[Any]:
    kinds = {"article": Article, "article_picture": ArticlePicture, "article_proposal": ArticleProposal}
    found = device.everything(None if entity == "article_proposal" else REFERENCE_SCOPE).items()
    return [msgspec.json.decode(line.row, type=kinds[entity]) for (kind, _), line in found if kind == entity]


def key_of(hq) -> dict[str, str]:
    with hq.store.writing() as connection:
        return {"X-API-Key": issue_api_key(connection, "desk", [DESK], w.NOW)}


def picture() -> dict[str, Any]:
    return {"sha256": SHA256, "bytes": len(PICTURE), "media_type": "image/png"}


def test_a_proposal_that_is_published_reaches_every_station_and_its_place_reads_the_answer(hq):
    device, elsewhere, key = hq.device(), hq.device(w.OTHER_STATION), key_of(hq)
    proposal_id = propose(device)
    (waiting,) = hq.client.get("/v1/knowledge/proposals", headers=key).json()["proposals"]
    assert (waiting["id"], waiting["place"], waiting["title"]) == (proposal_id, "SZ01", "背光灯条坏")
    english = {"title_en": "Backlight strip failed", "body_en": "Measure the strips first.", "reason": "谢谢"}
    answer = hq.client.post(f"/v1/knowledge/proposals/{proposal_id}/publish", json=english, headers=key)
    assert answer.json() == {"id": "KB-0001.1", "state": "published"}
    for place in (device, elsewhere):
        (article,) = rows_of(place, "article")
        assert (article.title_zh, article.title_en, article.state) == (
            "背光灯条坏",
            "Backlight strip failed",
            "published",
        )
        assert (article.written_by, article.place_id) == (w.TECHNICIAN, w.STATION)
    (proposal,) = rows_of(device, "article_proposal")
    assert (proposal.state, proposal.answer, proposal.article_id) == ("published", "谢谢", "KB-0001.1")
    assert rows_of(elsewhere, "article_proposal") == []
    again = hq.client.post(f"/v1/knowledge/proposals/{proposal_id}/publish", json={}, headers=key)
    assert again.json()["code"] == "proposal_decided"
    assert hq.client.get("/v1/knowledge/proposals", headers=key).json() == {"proposals": []}


def test_a_returned_proposal_says_why_and_is_proposed_anew(hq):
    device, key = hq.device(), key_of(hq)
    proposal_id = propose(device)
    door = f"/v1/knowledge/proposals/{proposal_id}/return"
    assert hq.client.post(door, json={"reason": ""}, headers=key).json()["code"] == "body_invalid"
    assert hq.client.post(door, json={"reason": "请写明型号"}, headers=key).json()["state"] == "returned"
    (proposal,) = rows_of(device, "article_proposal")
    assert (proposal.state, proposal.answer) == ("returned", "请写明型号")
    anew = propose(device, earlier_id=proposal_id, body="型号已写明。")
    assert [one.id for one in service.proposals(hq.store)] == [anew]
    assert hq.client.get(f"/v1/knowledge/proposals/{proposal_id}", headers=key).json()["answer"] == "请写明型号"


def test_a_revision_is_the_next_edition_and_the_first_one_stays_to_be_read(hq):
    device = hq.device()
    first = {"title_en": "Backlight", "body_en": "Measure."}
    service.publish(hq.store, propose(device), Publication(**first), by="HQ", now=w.NOW)
    revised = propose(device, revises="KB-0001", body="先量灯条电压，再看恒流板。")
    article = service.publish(hq.store, revised, Publication(), by="HQ", now=w.NOW)
    assert (article.id, article.edition, article.title_en) == ("KB-0001.2", 2, "Backlight"), "the other language stays"
    states = {one.id: (one.state.value, one.body_zh) for one in rows_of(device, "article")}
    assert states == {
        "KB-0001.1": ("replaced", "先量灯条电压。"),
        "KB-0001.2": ("published", "先量灯条电压，再看恒流板。"),
    }
    assert [one.number for one in service.everything_published(hq.store)] == ["KB-0001"]
    assert len(service.everything_published(hq.store, every=True)) == 2


def test_a_withdrawn_article_can_not_be_revised_any_more(hq):
    device, key = hq.device(), key_of(hq)
    service.publish(hq.store, propose(device), Publication(), by="HQ", now=w.NOW)
    revised = propose(device, revises="KB-0001")
    door = "/v1/knowledge/KB-0001/withdraw"
    assert hq.client.post(door, json={"reason": "数据有误"}, headers=key).json()["state"] == "withdrawn"
    assert hq.client.post(door, json={"reason": "数据有误"}, headers=key).json()["code"] == "article_unknown"
    with pytest.raises(Refusal, match="article_unknown"):
        service.publish(hq.store, revised, Publication(), by="HQ", now=w.NOW)
    (article,) = rows_of(device, "article")
    assert (article.state, article.ended_why) == ("withdrawn", "数据有误")


def test_a_picture_is_published_once_its_own_place_has_sent_it_and_then_everybody_may_see_it(hq):
    device, elsewhere = hq.device(), hq.device(w.OTHER_STATION)
    proposal_id = propose(device, pictures=[picture()])
    with pytest.raises(Refusal, match="article_pictures_missing"):
        service.publish(hq.store, proposal_id, Publication(), by="HQ", now=w.NOW)
    assert elsewhere.upload(PICTURE).status_code in (200, 204)
    with pytest.raises(Refusal, match="article_pictures_missing"):  # a stranger's photo can't be published by naming it
        service.publish(hq.store, proposal_id, Publication(), by="HQ", now=w.NOW)
    assert device.upload(PICTURE).status_code in (200, 204)
    far = hq.device(w.OTHER_BRANCH)
    assert far.get(f"/v1/blobs/{SHA256}").status_code == 404
    service.publish(hq.store, proposal_id, Publication(), by="HQ", now=w.NOW)
    assert far.get(f"/v1/blobs/{SHA256}").content == PICTURE
    (shown,) = rows_of(far, "article_picture")
    assert (shown.article_id, shown.sha256, shown.bytes) == ("KB-0001.1", SHA256, len(PICTURE))


def test_a_new_edition_keeps_the_pictures_and_headquarters_may_leave_new_ones_out(hq):
    device = hq.device()
    device.upload(PICTURE)
    service.publish(hq.store, propose(device, pictures=[picture()]), Publication(), by="HQ", now=w.NOW)
    revised = propose(device, revises="KB-0001", pictures=[picture() | {"sha256": "0" * 64}])
    service.publish(hq.store, revised, Publication(with_pictures=False), by="HQ", now=w.NOW)
    assert {one.article_id: one.sha256 for one in rows_of(device, "article_picture")} == {
        "KB-0001.1": SHA256,
        "KB-0001.2": SHA256,
    }


def test_an_article_about_what_nobody_knows_is_stored_as_proposed_and_a_task_is_opened(hq):
    device = hq.device()
    device.one(device.do("propose_article", TEXT | {"models": ["NONE"]}))
    (proposal,) = rows_of(device, "article_proposal")
    assert [task.facts["code"] for task in hq.rows(Task)] == ["model_unknown"]
    with pytest.raises(Refusal, match="model_unknown"):
        service.publish(hq.store, proposal.id, Publication(), by="HQ", now=w.NOW)
    service.publish(hq.store, proposal.id, Publication(models=(w.MODEL,)), by="HQ", now=w.NOW)


def test_what_is_not_there_is_not_decided(hq):
    with pytest.raises(Refusal, match="proposal_unknown"):
        service.publish(hq.store, "nobody\x00", Publication(), by="HQ", now=w.NOW)
    with pytest.raises(Refusal, match="reason_missing"):
        service.withdraw(hq.store, "KB-0001", " ", now=w.NOW)
    with pytest.raises(Refusal, match="reason_missing"):
        service.send_back(hq.store, w.an_id("none"), " ", by="HQ", now=w.NOW)


def test_the_books_know_editions_and_what_became_of_proposals(hq):
    device = hq.device()
    service.publish(hq.store, propose(device), Publication(), by="HQ", now=w.NOW)
    service.publish(hq.store, propose(device, revises="KB-0001"), Publication(), by="HQ", now=w.NOW)
    report = prove(hq.store)
    assert (report.problems, report.counts["editions"]) == ((), 2)
    with work(hq.store) as doing:
        rows, first = doing.reference(), doing.reference().get(Article, "KB-0001.1")
        rows.put(msgspec.structs.replace(first, state=EditionState.PUBLISHED))
        rows.put(msgspec.structs.replace(first, id="KB-0001.5", edition=5))
        (one, _) = doing.rows(w.BRANCH).find(ArticleProposal)
        doing.rows(w.BRANCH).put(msgspec.structs.replace(one, article_id=None))
    assert [problem["what"] for problem in prove(hq.store).problems] == [
        "its editions do not follow each other",
        "an earlier edition is still read",
        "published without an edition, or an edition without being published",
    ]


# --- imports --------------------

ARTICLES = (
    "number,title_zh,title_en,body_zh,body_en,product_classes,symptoms\n"
    'KB-0101,电视无图像,No picture,"# 步骤\n- 断电",Unplug it,tv_lcd,D01;D02\n'
)
TEMPLATES = (
    "number,title_zh,product_class,symptoms,steps_zh,parts,minutes\n"
    f"JT-0001,更换背光,tv_lcd,D01,断电;拆后盖;换灯条,class:backlight*2;{w.PART},90\n"
)


def test_articles_and_templates_come_from_a_table_and_the_same_file_again_changes_nothing(hq):
    for _ in range(2):
        assert import_bytes(hq.store, "articles", "a.csv", ARTICLES.encode(), w.NOW) == 1
        assert import_bytes(hq.store, "job_templates", "t.csv", TEMPLATES.encode(), w.NOW) == 1
    with work(hq.store) as doing:
        (article,) = doing.reference().find(Article)
        (template,) = doing.reference().find(JobTemplate)
    assert (article.symptoms, article.edition) == (("D01", "D02"), 1)
    assert template.steps_zh == ("断电", "拆后盖", "换灯条")
    assert template.parts == (LikelyPart(part_class="backlight", quantity=2), LikelyPart(part_id=w.PART))
    changed = ARTICLES.replace("断电", "先断电")
    import_bytes(hq.store, "articles", "a.csv", changed.encode(), w.NOW)
    assert [one.id for one in service.everything_published(hq.store)] == ["JT-0001.1", "KB-0101.2"]
    service.withdraw(hq.store, "JT-0001", "过时", now=w.NOW)
    assert [one.id for one in service.everything_published(hq.store)] == ["KB-0101.2"]


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("articles", {"number": "KB-1", "title_zh": "题", "body_zh": "文"}),
        ("articles", {"number": "KB-1", "title_zh": "题", "symptoms": ["D01"]}),
        ("articles", {"number": "KB-1", "title_zh": "题", "body_zh": "文", "symptoms": ["NONE"]}),
        ("articles", {"number": "KB 1", "title_zh": "题", "body_zh": "文", "symptoms": ["D01"]}),
        ("job_templates", {"number": "JT-1", "title_zh": "题", "product_class": "tv_lcd", "minutes": 9}),
        ("job_templates", {"number": "JT-1", "title_zh": "题", "product_class": "boat", "steps_zh": ["一"],
                           "minutes": 9}),
        *(
            ("job_templates", {"number": "JT-1", "title_zh": "题", "product_class": "tv_lcd", "steps_zh": ["一"],
                               "minutes": 9, "parts": [part]})
            for part in ("NONE", "class:", "MB-5535*0", "MB-5535*x")
        ),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_nothing_is_written(hq, kind, row):
    data = msgspec.json.encode([row])
    with pytest.raises(Refusal, match="import_invalid") as refused:
        import_bytes(hq.store, kind, "a.json", data, w.NOW)
    assert refused.value.facts["count"] == 1
    assert service.everything_published(hq.store, every=True) == []

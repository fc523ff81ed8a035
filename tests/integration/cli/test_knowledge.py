"""The knowledge base on the command line: searched offline, read whole, proposed, and its search made anew."""

from app.offline_db import knowledge_index
from app.offline_db.engine import writing
from core.rows.knowledge import ArticleProposal
from core.rows.reference import Model
from tests.integration.cli import kit
from tests.integration.cli.kit import At


def ready(work: At) -> None:
    """The profile's rows were put there past the feed."""
    with writing(work.open().engine) as connection:
        assert knowledge_index.rebuild(connection) > 12


def numbers(work: At, *asked: str) -> list[str]:
    return [one["number"] for one in work("knowledge", *asked).answer["found"]]


def test_words_codes_and_models_find_what_speaks_of_them(work: At) -> None:
    ready(work)
    assert sorted(numbers(work, "E5", "报警")) == ["JT-0006", "KB-0007"]
    assert numbers(work, "毛细管")[0] == "KB-0003"
    assert numbers(work, "led55k") == ["KB-0013"]
    assert sorted(numbers(work, "--class", "phone", "电池")) == ["JT-0007", "KB-0009", "KB-0010"]
    assert numbers(work, "NEAR(", "*") == []
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", "knowledge", "排水泵").out
    assert "KB-0005" in said and "[排水泵]" in said


def test_an_article_and_a_template_are_read_whole(work: At) -> None:
    ready(work)
    article = work("knowledge", "--show", "kb-0007").answer
    assert (article["number"], article["state"]) == ("KB-0007", "published")
    said = kit.command("--data", str(work.folder), "--lang", "zh_CN", "knowledge", "--show", "KB-0007").out
    assert "## 再查压缩机" in said
    with work.open().store.reading() as rows:
        television = next(one for one in rows.find(Model, product_class="tv_lcd"))
    template = work("knowledge", "--show", "JT-0001", "--model", television.id).answer
    assert template["minutes"] == 110
    assert template["parts"][0]["part_id"].startswith("TV-")
    work("knowledge", "--show", "KB-0014").refused("article_unknown")


def test_an_article_is_proposed_and_listed(work: At, tmp_path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"drawn")
    given = {
        "language": "zh",
        "title": "门封漏冷",
        "body": "用纸条夹一圈。",
        "symptoms": ["C02"],
        "files": [str(picture)],
    }
    assert work.act("propose_article", **given).answer["action"] == "propose_article"
    listed = work("knowledge", "--proposals").answer["proposals"]
    assert (listed[0]["title"], listed[0]["state"], listed[0]["pictures"]) == ("门封漏冷", "open", 1)
    again = {"language": "zh", "title": "门封漏冷", "body": "纸条法，附照片。", "symptoms": ["C02"]}
    work.act("propose_article", "", **again, earlier_id=listed[0]["id"]).answer  # noqa: B018 - it must be done
    with work.open().store.reading() as rows:
        (second,) = rows.find(ArticleProposal, earlier_id=listed[0]["id"])
    assert second.order_id is None
    listed = work("knowledge", "--proposals").answer["proposals"]
    assert {one["pictures"] for one in listed if one["title"] == "门封漏冷"} == {1}, "the picture came with it"
    work.act("propose_article", "", language="zh", title="x", body="y").refused("article_about_nothing")


def test_the_doctor_tells_of_the_search_and_makes_it_anew(work: At) -> None:
    assert work("doctor").answer["database"]["search_whole"] is False
    mended = work("doctor", "--search").answer
    assert mended["search_rebuilt"] > 12
    assert mended["database"]["search_whole"] is True

"""The texts: languages folded, refusals rendered, plural pairs merged, marks that cannot work found."""

import gc

import pytest

import resources
from app import i18n
from core.refusals import CATALOGUE, Refusal
from tools import message_scan, translations


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("Chinese (Simplified)_China", "zh_CN"),
        ("en_GB", "en"),
        ("C", "en"),
        ("pseudo", "pseudo"),
        ("", "en"),
    ],
)
def test_system_names_fold_to_our_languages(given, ours):
    assert resources.normal_language(given) == ours


def test_the_first_language_is_the_one_named_then_the_systems(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.delenv("FIXPOINT_LANGUAGE", raising=False)
    assert i18n.system_language() == "zh_CN"
    monkeypatch.setenv("FIXPOINT_LANGUAGE", "pseudo")
    assert i18n.system_language() == "pseudo"


def test_pseudo_texts_are_longer_and_keep_their_placeholders():
    shown = resources.catalogue("pseudo").gettext("{n} to send since {day:%H:%M}")
    assert "{n}" in shown
    assert "{day:%H:%M}" in shown
    assert len(shown) > len("{n} to send since {day:%H:%M}") * 1.3


def test_a_refusal_is_a_sentence_in_each_language():
    refusal = Refusal("order_unknown", order="A-17")
    english, chinese = (resources.sentence(refusal, code) for code in resources.LANGUAGES[::-1])
    assert english == "There is no order A-17 here. Sync, or check the number."
    assert "A-17" in chinese
    assert chinese != english


def test_every_refusal_is_translated():
    texts = resources.catalogue("zh_CN")
    assert [code for code, template in CATALOGUE.items() if texts.gettext(template.text) == template.text] == []


def test_no_file_outside_the_resources_is_read():
    with pytest.raises(ValueError, match="not inside"):
        resources.path("..", "pyproject.toml")


def test_a_listener_hears_each_change_once_and_is_forgotten_with_its_page():
    heard = []

    class Page:
        def retranslate(self):
            heard.append(i18n.language())

    page = Page()
    i18n.on_change(page.retranslate)
    i18n.set_language("zh_CN")
    i18n.set_language("zh_CN")
    del page
    gc.collect()
    i18n.set_language("en")
    assert heard == ["zh_CN"]


def test_a_listener_can_stop():
    heard = []
    stop = i18n.on_change(lambda: heard.append(i18n.language()))
    stop()
    i18n.set_language("zh_CN")
    assert heard == []


def test_flat_texts_of_a_plural_become_one_pair():
    pairs = {"{n} order": "{n} orders"}
    merged = translations.merge({"{n} orders": "{n} 张"}, {"{n} order": "{n} 张工单", "Parts": "备件"}, pairs)
    assert merged == {("{n} order", "{n} orders"): "{n} 张工单", "Parts": "备件"}


def test_a_catalogue_reads_back_as_it_was_written(tmp_path):
    po = tmp_path / "zh_CN" / "LC_MESSAGES" / "fixpoint.po"
    po.parent.mkdir(parents=True)
    texts = {"Parts": "备件", ("{n} order", "{n} orders"): "{n} 张工单", 'He said "no"\nand left': "他说“不”\n就走了"}
    translations.write(po, texts)
    first = po.read_bytes()
    assert translations.read(po) == texts
    translations.write(po, translations.read(po))
    assert po.read_bytes() == first


def test_marks_that_cannot_work_are_found(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "x.py").write_text(
        "_(f'{n} left')\n_('a' + b)\n_('{n}'.format(n=1))\n_('Fine')\nngettext('{n} day', '{n} days', 2)\n_(name)\n"
    )
    found = message_scan.scan(tmp_path, ("app",))
    assert [line.split(":")[1] for line in found.wrong] == ["1", "2", "3"]
    assert {"Fine", "{n} day"} <= found.ids


def test_a_missing_or_unequal_text_is_a_complaint():
    found = message_scan.Found(single={"{n} left": "a:1", "Fine": "a:2", "Gone": "a:3"})
    wrong = translations.complaints(found, {"{n} left": "剩 {m}", "Fine": "好"})
    assert len(wrong) == 2
    assert "placeholders differ" in wrong[0]
    assert "Gone" in wrong[1]

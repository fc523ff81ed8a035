"""``knowledge``: proposed articles published or returned, published ones listed, shown and taken back."""

import argparse
import shutil
from pathlib import Path

import msgspec

from core.refusals import Refusal
from core.words import word
from hq.cli.context import Answer, Context
from hq.feed import Blobs
from hq.knowledge import service
from hq.knowledge.service import EditionLine, ProposedArticle, Publication

LIST, PUBLISHED, SHOW, PUBLISH, RETURN, WITHDRAW = "list", "published", "show", "publish", "return", "withdraw"
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "application/pdf": ".pdf"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser(
        "knowledge", help="articles that places propose: publish or return them; take them back"
    )
    steps = (LIST, PUBLISHED, SHOW, PUBLISH, RETURN, WITHDRAW)
    parser.add_argument("step", nargs="?", choices=steps, default=LIST)
    parser.add_argument("id", nargs="?", metavar="ID", help="which proposal; with withdraw the article's number")
    parser.add_argument("--reason", default="", help="what the place reads; needed to return or withdraw")
    parser.add_argument("--file", type=Path, metavar="FILE", help="JSON with other words or codes to publish it with")
    parser.add_argument("--without-pictures", action="store_true", help="publish it without the proposal's pictures")
    parser.add_argument(
        "--pictures", dest="folder", type=Path, metavar="DIR", help="with show: copy its pictures there"
    )
    parser.add_argument("--all", action="store_true", help="list decided proposals and earlier editions too")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Do the step; raises the Refusals of :mod:`hq.knowledge.service`, ``file_missing`` and ``file_unreadable``."""
    with chosen.store() as store:
        if options.step == LIST:
            return _listed(chosen, service.proposals(store, undecided=not options.all))
        if options.step == PUBLISHED:
            return _editions(chosen, service.everything_published(store, every=options.all))
        if options.step == SHOW:
            one = service.proposal(store, options.id or "")
            copied = _copy(Blobs(store, chosen.data / "blobs"), one, options.folder) if options.folder else []
            return Answer(msgspec.to_builtins(one) | {"copied": copied}, _whole(chosen, one))
        if options.step == PUBLISH:
            article = service.publish(store, options.id or "", _given(options), by="HQ", now=chosen.now())
            state, number = word("article_state", article.state.value), article.id
            facts = msgspec.to_builtins(article)
        elif options.step == RETURN:
            back = service.send_back(store, options.id or "", options.reason, by="HQ", now=chosen.now())
            state, number, facts = word("proposal_state", back.state.value), back.title, msgspec.to_builtins(back)
        else:
            ended = service.withdraw(store, options.id or "", options.reason, now=chosen.now())
            state, number = word("article_state", ended.state.value), ended.id
            facts = msgspec.to_builtins(ended)
    return Answer(facts, f"{number}  {chosen.gettext(state)}")


def _given(options: argparse.Namespace) -> Publication:
    """What the file says, with the reason and the pictures of the command line."""
    given = Publication()
    if options.file is not None:
        if not options.file.is_file():
            raise Refusal("file_missing", file=str(options.file))
        try:
            given = msgspec.json.decode(options.file.read_bytes(), type=Publication)
        except msgspec.DecodeError as error:
            raise Refusal("file_unreadable", file=options.file.name, problem=str(error)) from error
    changes = {"reason": options.reason or given.reason}
    with_pictures = given.with_pictures and not options.without_pictures
    return msgspec.structs.replace(given, with_pictures=with_pictures, **changes)


def _copy(blobs: Blobs, one: ProposedArticle, folder: Path) -> list[str]:
    """Those pictures that have arrived, as files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    copied = []
    for place, sha256 in enumerate(one.pictures, 1):
        found = blobs.whole(sha256)
        if found is not None:
            path, media_type = found
            target = folder / f"{place}{_ENDINGS.get(media_type, '')}"
            shutil.copyfile(path, target)
            copied.append(target.name)
    return copied


def _listed(chosen: Context, found: list[ProposedArticle]) -> Answer:
    facts = {"count": len(found), "proposals": msgspec.to_builtins(found)}
    if not found:
        return Answer(facts, chosen.gettext("Nothing waits."))
    return Answer(facts, "\n".join(_line(chosen, one) for one in found))


def _editions(chosen: Context, found: list[EditionLine]) -> Answer:
    facts = {"count": len(found), "editions": msgspec.to_builtins(found)}
    lines = [
        f"{one.number:<8} {one.edition:>2}  {chosen.gettext(word('article_state', one.state))}  "
        f"{' / '.join(filter(None, (one.title_zh, one.title_en)))}  {one.ended_why}".rstrip()
        for one in found
    ]
    return Answer(facts, "\n".join(lines) or chosen.gettext("The knowledge base is empty."))


def _line(chosen: Context, one: ProposedArticle) -> str:
    about = " ".join((*one.product_classes, *one.models, *one.symptoms, *one.sections, *one.defects))
    state = chosen.gettext(word("proposal_state", one.state))
    head = f"{one.id}  {one.proposed_at:%Y-%m-%d %H:%M}  {one.place} {one.person}"
    return f"{head}\n    {one.title}  [{about}]  {state}  {one.answer}".rstrip()


def _whole(chosen: Context, one: ProposedArticle) -> str:
    pictures = chosen.gettext("{here} of {count} pictures have arrived.")
    said = pictures.format(here=one.pictures_here, count=len(one.pictures)) if one.pictures else ""
    return "\n".join(filter(None, (_line(chosen, one), "", one.body, said)))

"""The knowledge base: one edition of a number is read at most, none is missing, and published proposals have theirs."""

from collections import defaultdict
from collections.abc import Iterable

from core.findings import Findings
from core.rows.knowledge import (
    Article,
    ArticlePicture,
    ArticleProposal,
    Edition,
    EditionState,
    JobTemplate,
    ProposalState,
)
from rowstore.rows import SqlRows

CHECK = "knowledge"


def prove_editions(rows: SqlRows, findings: Findings) -> None:
    """Check every edition of every number, and that a picture belongs to one."""
    articles, templates = rows.find(Article), rows.find(JobTemplate)
    _numbered(articles, findings)
    _numbered(templates, findings)
    known = {one.id for one in articles}
    for picture in rows.find(ArticlePicture):
        if picture.article_id not in known:
            findings.wrong(CHECK, picture.id, "a picture without its article")


def prove_proposals(rows: SqlRows, findings: Findings) -> None:
    """Check that a branch's published proposals became an edition, and only those; a returned one says why."""
    for one in rows.find(ArticleProposal):
        published = one.state is ProposalState.PUBLISHED
        article = rows.get(Article, one.article_id) if one.article_id else None
        if published != (article is not None):
            findings.wrong(CHECK, one.id, "published without an edition, or an edition without being published")
        if one.state is ProposalState.RETURNED and not one.answer:
            findings.wrong(CHECK, one.id, "returned without a word")


def _numbered(editions: Iterable[Edition], findings: Findings) -> None:
    by_number: defaultdict[str, list[Edition]] = defaultdict(list)
    for one in editions:
        findings.counts["editions"] += 1
        by_number[one.number].append(one)
    for number, some in by_number.items():
        some.sort(key=lambda one: one.edition)
        if [one.edition for one in some] != list(range(1, len(some) + 1)):
            findings.wrong(CHECK, number, "its editions do not follow each other")
        if any(one.state is EditionState.PUBLISHED for one in some[:-1]):
            findings.wrong(CHECK, number, "an earlier edition is still read")

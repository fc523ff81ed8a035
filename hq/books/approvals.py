"""Requests and the questions they were sent back with: what is open is there, unanswered, and counted right."""

from collections import Counter

from core.findings import Findings
from core.rows.orders import ApprovalQuestion, ApprovalRequest
from rowstore.rows import SqlRows


def prove_approvals(rows: SqlRows, findings: Findings) -> None:
    """Check the requests of one branch."""
    questions = {one.id: one for one in rows.find(ApprovalQuestion)}
    answered = Counter(one.request_id for one in questions.values() if one.answer is not None)
    for request in rows.find(ApprovalRequest):
        findings.counts["requests"] += 1
        asked = questions.get(request.question_id or "")
        if request.question_id and (asked is None or asked.request_id != request.id or asked.answer is not None):
            findings.wrong("approvals", request.id, "its open question is none")
        if answered[request.id] > request.revision:
            findings.wrong("approvals", request.id, "answers that did not bring it up again")

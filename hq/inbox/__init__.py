"""Operations in: each is taken exactly once, judged again, and answered in the transaction of its effect."""

from hq.inbox.follow_ups import follow_ups
from hq.inbox.greeting import greet
from hq.inbox.messages import LoosePush
from hq.inbox.receiving import receive
from hq.inbox.records import answer_to, known
from hq.inbox.rejudging import rejudge
from hq.inbox.releasing import release

__all__ = ["LoosePush", "answer_to", "follow_ups", "greet", "known", "receive", "rejudge", "release"]

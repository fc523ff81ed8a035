"""Documents for other systems, stored in the transaction that causes them until they are delivered."""

from hq.outbox.documents import Document, add, pending_of, withdraw

__all__ = ["Document", "add", "pending_of", "withdraw"]

"""Documents for other systems, stored in the transaction that causes them until they are delivered."""

from hq.outbox.documents import Document, add, delivered, documents_of, withdraw

__all__ = ["Document", "add", "delivered", "documents_of", "withdraw"]

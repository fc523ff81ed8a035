"""Adapters that deliver the outbox's documents to other systems; the first writes files."""

from hq.erp.files import Exported, export

__all__ = ["Exported", "export"]

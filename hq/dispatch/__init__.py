"""The dispatch desk: orders of the call centre come in, each once, and are offered to their branch."""

from hq.dispatch.service import IntakeReply, NewOrder, intake

__all__ = ["IntakeReply", "NewOrder", "intake"]

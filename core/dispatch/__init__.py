"""Precise dispatch: who may be offered an order, in which order, and the figures that made it so. Pure."""

from core.dispatch.candidates import Candidate, Facts, Ranking, Wanted, ranked
from core.dispatch.criteria import DEFAULT_CRITERIA, Criteria, Weights

__all__ = ["DEFAULT_CRITERIA", "Candidate", "Criteria", "Facts", "Ranking", "Wanted", "Weights", "ranked"]

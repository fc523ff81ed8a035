"""A portable backup of HQ: all tables and blobs in one packed, checked file that either database can take back."""

from hq.backups.dump import dump
from hq.backups.restoring import restore

__all__ = ["dump", "restore"]

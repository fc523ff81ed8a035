"""Who a person can be and what kind of place a device can stand at."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may be; see ``docs/glossary.md``."""

    TECHNICIAN = "technician"
    STATION_LEAD = "station_lead"
    BRANCH_MANAGER = "branch_manager"
    WAREHOUSE_CLERK = "warehouse_clerk"
    DISPATCHER = "dispatcher"
    CALLBACK_AGENT = "callback_agent"
    SETTLEMENT_AUDITOR = "settlement_auditor"
    PARTS_PLANNER = "parts_planner"
    ADMINISTRATOR = "administrator"


class PlaceKind(StrEnum):
    """Where a device can stand."""

    HQ = "hq"
    BRANCH = "branch"
    STATION = "station"
    WAREHOUSE = "warehouse"

"""The clocks of an order, in the order in which they run."""

from enum import StrEnum


class ClockName(StrEnum):
    """One time limit: answering at each level of dispatch, calling the customer, the first visit, the whole order."""

    OFFER_BRANCH = "offer_branch"
    DISPATCH = "dispatch"  # accepted at the branch, or back there: to be given to a station
    OFFER_STATION = "offer_station"
    FIRST_CONTACT = "first_contact"
    FIRST_VISIT = "first_visit"
    COMPLETION = "completion"

"""Enrolled profiles for the tests of the command line."""

from tests.integration.cli.kit import at, profiles, stations, work

__all__ = ["at", "profiles", "stations", "work"]

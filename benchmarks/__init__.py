"""Measurements side by side with limits and with the bare tools underneath: run by hand, never by the tests."""

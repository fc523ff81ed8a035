"""Measures sync against peers and limits."""

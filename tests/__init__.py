"""Tests: from the innermost room outwards."""

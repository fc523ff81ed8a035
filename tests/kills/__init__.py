"""Real processes killed at any moment: a station, HQ's worker, PostgreSQL, a cutting line between, a full disk."""

"""Storing core's rows in SQL: the same code for a station's SQLite and HQ's PostgreSQL or SQLite."""

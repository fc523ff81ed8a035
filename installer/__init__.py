"""Builds the station program for machines without Python."""

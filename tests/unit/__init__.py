"""Rules and actions; no window, no server."""

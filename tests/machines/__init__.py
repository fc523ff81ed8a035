"""State machines: random steps against a simple model, for the outbox, the feed, HQ's inbox, and merging."""

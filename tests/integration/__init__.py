"""Real databases, real HTTP, real keys."""

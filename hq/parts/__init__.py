"""The parts desk: what HQ does when an old part has come back."""

"""The order page: one order from the offer to its completion, one next right thing at a time."""

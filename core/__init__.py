"""What station and headquarters must agree on: the trade's rules and the messages, as pure functions and values."""

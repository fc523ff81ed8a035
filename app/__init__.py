"""The station program: window, command line and everything behind them."""

#: The version that HQ and a person see; pyproject.toml names the same.
VERSION = "0.1.0"

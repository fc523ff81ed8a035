"""The station program: window, command line and everything behind them."""

"""The station's command line: one module per group of commands, each a function from options to an answer."""

"""The command line as people and scripts use it: every command, bad input, failures of everything around it."""

"""The built program, on a machine that has less than ours (make test-bundle)."""

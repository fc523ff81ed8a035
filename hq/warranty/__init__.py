"""The warranty desk: HQ judges again by its own facts, and guesses at intake."""

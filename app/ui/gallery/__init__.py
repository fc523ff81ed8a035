"""Pictures of every widget and of the shell, for people who judge how the window looks."""

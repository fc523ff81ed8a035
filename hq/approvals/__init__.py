"""HQ's desk for approvals: what is above the branches, and what nobody below has answered in time."""

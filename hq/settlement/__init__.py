"""The settlement desk: verified claims become monthly statements."""

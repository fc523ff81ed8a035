"""The headquarters server: takes operations, judges them again, and feeds rows back to every place."""

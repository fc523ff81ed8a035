"""Changes of the database from release to release, one file of `versions` each; a released one is never edited."""

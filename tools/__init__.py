"""Programs for people who build Fixpoint: start and stop a demonstration, the tour, translations, sample data."""

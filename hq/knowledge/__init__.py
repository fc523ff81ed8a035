"""The knowledge desk: editions of articles and job templates, and what places propose."""

"""The talk with headquarters: enrolment, operations up, rows down, registry, blobs, and when to talk; no Qt, no SQL."""

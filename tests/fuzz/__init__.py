"""Bodies that nobody sends in earnest, at the decoders of both ends."""

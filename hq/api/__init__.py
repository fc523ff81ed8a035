"""HQ's doors: the sync protocol for devices, and the interfaces for other systems, over HTTP."""

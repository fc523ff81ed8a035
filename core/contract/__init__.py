"""The messages between a device and headquarters: what they hold and how they are written as bytes."""

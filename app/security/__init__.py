"""Who may open this device's data: keys in the operating system's store, device signatures, offline log-in."""

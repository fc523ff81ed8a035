"""Many devices, cut lines and kills, counted at both ends."""

"""Stations, a branch, a warehouse and HQ in one thread: real code, played wires, clocks and disks."""

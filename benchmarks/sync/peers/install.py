"""``python -m benchmarks.sync.peers.install``: fetch the peers of the sync bench, once."""

import sys

from benchmarks.sync import peers


def main() -> int:
    """Install what is missing."""
    if not peers.are_installed():
        peers.install()
    print(f"the peers are in {peers.HOME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

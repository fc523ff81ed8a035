"""``python -m hq``: HQ's command line."""

import sys


def main() -> int:
    """Run one command of HQ and return its exit code."""
    from hq.cli.main import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())

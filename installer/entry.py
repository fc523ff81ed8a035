"""Where the bundled station program begins, and the process in which it runs zbar."""

import sys

from app.scanner.zbar_worker import FLAG

if __name__ == "__main__":
    if sys.argv[1:] == [FLAG]:
        from app.scanner.zbar_worker import main
    else:
        from app.__main__ import main
    sys.exit(main())

"""`python -m labserver` is the command `labserver`."""

from labserver.cli import main

if __name__ == "__main__":  # a worker started by `spawn` imports this file again
    raise SystemExit(main())

"""`python -m labserver` is the command `labserver`."""

from labserver.runtime import command


def main() -> int:
    """Run the command and return its exit code."""
    from labserver import cli  # here, so that an import that fails has the exit code of a crash

    return cli.main()


def start() -> int:
    """Run it as a program: with streams that print on any terminal, and exit codes for crashes."""
    return command.run(main)


if __name__ == "__main__":  # a worker started by `spawn` imports this file again
    raise SystemExit(start())

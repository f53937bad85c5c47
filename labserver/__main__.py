"""`python -m labserver` is the command `labserver`."""

from labserver.runtime import command


def main() -> int:
    from labserver import cli  # here, so that an import that fails has the exit code of a crash

    return cli.main()


def start() -> int:
    return command.run(main)


if __name__ == "__main__":  # a worker started by `spawn` imports this file again
    raise SystemExit(start())

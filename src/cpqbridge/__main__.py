"""`python -m cpqbridge`."""

from cpqbridge.cli.main import run

if __name__ == "__main__":
    run()

"""`python -m bot …`, the same as the console script `cohortium`."""

from bot.cli import app


def main() -> None:
    app()


if __name__ == "__main__":
    main()

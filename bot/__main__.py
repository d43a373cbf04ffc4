"""`python -m bot …`, the same as the console script `cohortium`."""

import gc


def main() -> None:
    # All that is loaded stays: to look through it again and again for garbage cost a third of every start.
    gc.disable()
    from bot.cli import app  # noqa: PLC0415 - only now, as it is this that loads everything

    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()

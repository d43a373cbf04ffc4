"""The garbage collector, told what it need not look at."""

import gc

GARBAGE = 50_000
"""New objects between two looks for cycles. Almost all that we make is freed without such a look, and a batch of due
work makes several times as many as Python waits for: looking took a quarter of a tick's time (measured)."""


def keep_what_is_loaded() -> None:
    """For a process that has begun and will run for long: what it holds now, its code above all, it keeps for ever.

    Each full collection looked at all of it, and stopped everything, the event loop too, for 60 to 90 ms (measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 100)

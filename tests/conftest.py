"""How hard properties are tried, and what would cost every test something.

`quick` in make test, `--hypothesis-profile=thorough` in .ci/run.
"""

import gc

import structlog
from hypothesis import settings

settings.register_profile("quick")
settings.register_profile("thorough")
settings.load_profile("quick")

# A failure that a test asks for is told without colours and every frame's variables: those took two seconds each.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: no collection of garbage need walk through it."""
    gc.collect()
    gc.freeze()

"""Functions compiled to machine code. They take arrays and numbers, hold no lock, and give the same on every run.

What is compiled is kept beside the source and found again by a hash of all of it: a kernel contains the kernels it
calls, so a change in one file makes those of every other stale.
"""

import os
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def _cache() -> Path:
    here = Path(__file__).parent
    sources = b"\0".join(path.read_bytes() for path in sorted(here.glob("*.py")))
    name = f"kernels-{blake2b(sources, digest_size=6).hexdigest()}"
    return (here / "__pycache__" if os.access(here, os.W_OK) else Path(tempfile.gettempdir())) / name


setattr(numba.config, "CACHE_DIR", str(_cache()))  # noqa: B010 - unknown to its stubs


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, and keep the result for the next process."""
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def leaf(function: Callable[P, R]) -> Callable[P, R]:
    """A kernel that makes no arrays. Its references are not counted, which costs more than all else it does."""
    compiled = numba.njit(_nrt=False, cache=True, nogil=True, error_model="numpy")  # type: ignore[call-overload]
    return cast("Callable[P, R]", compiled(function))

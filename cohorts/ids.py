"""Ids are derived from what they name, so doing the same thing twice names the same thing."""

import base64
import hashlib


def make_id(kind: str, *parts: str) -> str:
    """`kind-` and 16 characters that depend on the kind and every part; equal input, equal id."""
    return f"{kind}-{base64.b32encode(_digest(kind, *parts)).decode().lower()}"


def draw(*parts: str) -> float:
    """A number from 0 up to 1 that depends on every part and on nothing else: spread without chance."""
    return int.from_bytes(_digest(*parts)[:6], "big") / 2**48


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()[:10]

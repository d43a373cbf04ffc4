"""Ids are derived from what they name, so doing the same thing twice names the same thing."""

import base64
import hashlib


def make_id(kind: str, *parts: str) -> str:
    """`kind-` and 16 characters that depend on the kind and every part; equal input, equal id."""
    joined = "\x1f".join((kind, *parts)).encode()
    digest = hashlib.sha256(joined).digest()[:10]
    return f"{kind}-{base64.b32encode(digest).decode().lower()}"

"""Which groups of labelled pairs are kept from training: one rule for training, calibrating and measuring."""

from __future__ import annotations

from hashlib import sha256

__all__ = ["held_back"]


def held_back(group: str, share: float = 0.1) -> bool:
    """Whether a group of pairs is kept from training, for calibrating and choosing; by a hash of its name."""
    digest = sha256(f"held back:{group}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32

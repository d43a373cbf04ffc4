"""Sealed words cannot be shown by accident."""

import pytest

from cohorts.protocols.sealed import SealedText, SharedText, StillSealedError


def test_sealed_text_has_no_words_for_anybody_but_its_author() -> None:
    sealed = SealedText("only mine")
    assert "only mine" not in repr(sealed)
    with pytest.raises(StillSealedError):
        str(sealed)
    with pytest.raises(StillSealedError):
        f"{sealed}"
    assert sealed.for_author() == "only mine"


def test_shared_text_is_its_words() -> None:
    assert str(SharedText("ours")) == "ours"
    assert repr(SharedText("ours")) == "SharedText('ours')"

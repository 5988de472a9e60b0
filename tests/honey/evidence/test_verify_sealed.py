"""A bundle of sealed hits: an outsider opens the cited ones with the keys in it, and sees that none was swapped."""

from pathlib import Path

import pytest

from collector.hit import parse_hit
from honey.errors import EvidenceError
from honey.evidence.bundle import HIT_KEYS, HITS, pretty
from honey.evidence.verify import verify_bundle
from tests.honey.evidence.sample_case import Bundle


def test_sealed_hits_are_opened_and_lead_to_the_same_verdict(
    bundle: Bundle, sealed_bundle: Bundle, tmp_path: Path
) -> None:
    steps = verify_bundle(sealed_bundle.write(tmp_path / "sealed"))
    assert steps[4].detail == "3 hits, each with its own hash; 3 sealed, opened"
    assert steps[6].detail == verify_bundle(bundle.write(tmp_path / "plain"))[6].detail
    for line in sealed_bundle.files[HITS].decode().splitlines():
        assert parse_hit(line).contact.sealed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda keys: {**keys, "00c0ffee:1": keys["00c0ffee:2"]}, "not closed with this key"),
        (lambda keys: {**keys, "00c0ffee:1": "00" * 32}, "not closed with this key"),
        (lambda keys: {name: key for name, key in keys.items() if name != "00c0ffee:1"}, "cannot be read"),
        (lambda _: [], "cannot be read"),
    ],
    ids=["another hit's key", "a key of none", "no key", "no keys at all"],
)
def test_keys_that_do_not_fit_fail_at_step_5_although_signed(
    sealed_bundle: Bundle, tmp_path: Path, change: object, reason: str
) -> None:
    assert callable(change)
    keys = change(sealed_bundle.document(HIT_KEYS))
    folder = sealed_bundle.resigned({HIT_KEYS: pretty(keys)}).write(tmp_path / "b")
    with pytest.raises(EvidenceError, match=rf"step 5 .*{reason}"):
        verify_bundle(folder)


def test_a_sealed_hit_that_was_altered_fails_at_step_5(sealed_bundle: Bundle, tmp_path: Path) -> None:
    first, *rest = sealed_bundle.files[HITS].decode().splitlines(keepends=True)
    changed = first.replace('"sealed":"A', '"sealed":"B')
    assert changed != first
    folder = sealed_bundle.resigned({HITS: "".join([changed, *rest]).encode()}).write(tmp_path / "b")
    with pytest.raises(EvidenceError, match=r"step 5 .*altered"):
        verify_bundle(folder)

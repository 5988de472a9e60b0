"""What is kept of a request that nobody checked: neither the secret path of a webhook nor a credential."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.redaction import redacted

CASES = {
    "a secret path": (
        b"POST /hooks/calls/s3cret HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /hooks/calls/***\r\nHost: x\r\n\r\n",
    ),
    "a query": (b"POST /hooks/calls?key=s3cret HTTP/1.1\r\n", b"POST /hooks/calls/***\r\n"),
    "a whole URL": (b"POST http://x/hooks/calls/s3cret\r\n", b"POST http:/x/hooks/calls/***\r\n"),
    "escaped": (b"POST /%68ooks/calls/s3cret HTTP/1.1\r\n", b"POST /hooks/calls/***\r\n"),
    "doubled slashes": (b"POST //hooks//calls//s3cret HTTP/1.1\r\n", b"POST /hooks/calls/***\r\n"),
    "cut in the path": (b"POST /hooks/calls/s3c", b"POST /hooks/calls/***"),
    "a bearer": (
        b"GET / HTTP/1.1\r\nauthorization : Bearer s3cret\r\nA: b\r\n",
        b"GET / HTTP/1.1\r\nauthorization : ***\r\nA: b\r\n",
    ),
    "a folded header": (
        b"GET / HTTP/1.1\r\nAuthorization: Basic\r\n s3cret\r\nA: b",
        b"GET / HTTP/1.1\r\nAuthorization: ***\r\nA: b",
    ),
    "a vendor's header": (b"GET / HTTP/1.1\nX-Gitlab-Token: s3cret\n\n", b"GET / HTTP/1.1\nX-Gitlab-Token: ***\n\n"),
    "a second request": (
        b"GET / HTTP/1.1\r\n\r\nPOST /hooks/calls/s3cret HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\nPOST /hooks/calls/***\r\n\r\n",
    ),
    "nothing to hide": (
        b"GET /track?no=1 HTTP/1.1\r\nHost: x\r\n\r\nbody",
        b"GET /track?no=1 HTTP/1.1\r\nHost: x\r\n\r\nbody",
    ),
}


@pytest.mark.parametrize(("sent", "kept"), CASES.values(), ids=CASES.keys())
def test_what_is_kept(sent: bytes, kept: bytes) -> None:
    assert redacted(sent) == kept


@given(st.binary(max_size=300))
def test_any_bytes_are_kept_without_a_fault(sent: bytes) -> None:
    assert isinstance(redacted(sent), bytes)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_secret_path_is_never_kept(before: bytes, after: bytes) -> None:
    """Whatever stands around it, on the first line."""
    line = b"POST /hooks/calls/aVerySecretPath" + after.replace(b"\n", b"") + b" HTTP/1.1\r\n" + before
    assert b"aVerySecretPath" not in redacted(line)

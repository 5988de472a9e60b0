"""Certificates from files: what is wrong with them is said, and a new one is taken up without a restart."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.certificates import ServerTls, TlsFiles, look_at
from collector.errors import ConfigError
from tests.collector.issuing import issue

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTS = ("track.example.net",)


def good(folder: Path) -> TlsFiles:
    return issue(folder, "track.example.net", begins_at=NOW - timedelta(days=1)).files


def test_a_good_certificate_is_told_with_its_names_and_days(tmp_path: Path) -> None:
    assert look_at(good(tmp_path), HOSTS, NOW) == "track.example.net; valid until 2027-02-19, 89 days"


def test_a_star_covers_one_label(tmp_path: Path) -> None:
    files = issue(tmp_path, "*.example.net", begins_at=NOW).files
    assert look_at(files, HOSTS, NOW)
    with pytest.raises(ConfigError, match=r"is for \*\.example\.net, not for a\.track\.example\.net"):
        look_at(files, ("a.track.example.net",), NOW)


def missing(folder: Path) -> TlsFiles:
    return replace(good(folder), certificate=folder / "gone.pem")


def missing_key(folder: Path) -> TlsFiles:
    return replace(good(folder), key=folder / "gone.pem")


def empty(folder: Path) -> TlsFiles:
    files = good(folder)
    files.certificate.write_bytes(b"")
    return files


def no_key(folder: Path) -> TlsFiles:
    files = good(folder)
    files.key.write_text("not a key")
    return files


def of_another(folder: Path) -> TlsFiles:
    return replace(good(folder), key=issue(folder / "other", "track.example.net").files.key)


def encrypted(folder: Path) -> TlsFiles:
    return issue(folder, "track.example.net", begins_at=NOW, password=b"secret").files


def expired(folder: Path) -> TlsFiles:
    return issue(folder, "track.example.net", begins_at=NOW - timedelta(days=90)).files


def nearly_expired(folder: Path) -> TlsFiles:
    return issue(folder, "track.example.net", begins_at=NOW - timedelta(days=81)).files


def not_yet(folder: Path) -> TlsFiles:
    return issue(folder, "track.example.net", begins_at=NOW + timedelta(hours=2)).files


def of_another_name(folder: Path) -> TlsFiles:
    return issue(folder, "other.example.net", begins_at=NOW).files


FAULTS = {
    "the certificate is missing": (missing, r"web\.certificate: cannot read .*gone\.pem \(No such file.*mend the path"),
    "the key is missing": (missing_key, r"web\.key: cannot read .*gone\.pem"),
    "the certificate is empty": (empty, r"web\.certificate: .*holds none in PEM form"),
    "the key is none": (no_key, r"web\.key: .*holds none in PEM form"),
    "the key is another's": (of_another, r"web\.key: .* is not the key of .*cert\.pem: .*privkey\.pem"),
    "the key is encrypted": (encrypted, r"web\.key: .* is encrypted: `openssl pkey"),
    "it has expired": (expired, r"expired on 2026-11-22: renew it"),
    "it expires soon": (nearly_expired, r"expires in 9 days, on 2026-12-01"),
    "it is not valid yet": (not_yet, r"is not valid before 2026-11-22 14:00 UTC: .*clock"),
    "it is for another name": (of_another_name, r"is for other\.example\.net, not for track\.example\.net"),
}


@pytest.mark.parametrize(("make", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, make: Callable[[Path], TlsFiles], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        look_at(make(tmp_path), HOSTS, NOW)
    assert "\n" not in str(caught.value)


def test_a_new_certificate_is_taken_up_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tls = ServerTls(issue(tmp_path, "track.example.net").files)
    assert not tls.refresh()
    issue(tmp_path, "track.example.net")
    assert tls.refresh()
    assert not tls.refresh()
    (tmp_path / "key.pem").write_text("half a fi")
    with caplog.at_level(logging.WARNING):
        assert not tls.refresh()
        assert not tls.refresh()
    assert [record.getMessage() for record in caplog.records] == [
        f"the certificate in use stays: web.key: {tmp_path}/key.pem holds none in PEM form (-----BEGIN …)"
    ]
    issue(tmp_path, "track.example.net")
    assert tls.refresh()

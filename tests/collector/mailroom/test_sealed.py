"""Where hits are sealed, a stolen collector shows neither the photo nor the label, and alerts still count."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.collector.mailroom.pictures import encoded, waybill
from tests.collector.outbox.receiver import receiving
from tests.collector.running import ENVIRONMENT, run_command, running

PUBLIC = X25519PrivateKey.from_private_bytes(b"\x07" * 32).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
CONFIG = f"""
[log]
path = "hits.db"
seal_to = "x25519:{PUBLIC.hex()}"
[web]
listen = ["127.0.0.1:"]
[alerts.targets.ops]
url = {{ env = "ALERT_URL" }}
"""


def test_nothing_of_a_parcel_is_readable_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "label.jpg").write_bytes(encoded(waybill("YT8000000001234")))
    (tmp_path / "collector.toml").write_text(CONFIG)
    with receiving() as server:
        monkeypatch.setitem(ENVIRONMENT, "ALERT_URL", server.url)
        with running(tmp_path, CONFIG) as collector:
            assert collector.stop()[0] == 0
        command = ("mailroom", "add", "--config", "collector.toml", "--id", "e1", "--json", "--photo", "label.jpg")
        for already in (False, True):
            done = run_command(tmp_path, *command, "--address", "文一西路969号3栋501室", "--name", "王小红")
            assert done.returncode == 0, done.stderr
            assert (json.loads(done.stdout)["seq"], json.loads(done.stdout)["already"]) == (1, already)
        with running(tmp_path, CONFIG):
            server.wait_for(taken=1)
    assert server.taken[0]["message"].splitlines()[0] == "1 new contact, channel post"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("hits.db*"))
    for secret in ("王小红", "文一西路", "YT8000000001234", "JFIF"):
        assert secret.encode() not in stored

"""A workspace: made once, its keys its owner's alone."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from collector.hit.sealing import key_id
from honey.config import load
from honey.errors import ConfigError, RegistryError
from honey.registry.store import Registry
from honey.workspace import create, new_sealing_key, read_keys, sealing_keys

NAMES = ("registry.key", "plan.key", "evidence.key")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    create(tmp_path / "w")
    return tmp_path / "w"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_init_makes_a_configuration_three_keys_and_a_registry_that_open(workspace: Path) -> None:
    config = load(workspace / "config" / "honey.toml")
    keys = read_keys(config)
    with Registry.open(config.registry_url, keys.seal, command="test", now=keys_time()) as registry, registry.begin():
        pass
    assert sorted(one.name for one in (workspace / "keys").iterdir()) == sorted(NAMES)


def keys_time() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def test_keys_and_registry_are_readable_by_their_owner_only(workspace: Path) -> None:
    for one in (workspace / "keys", workspace / "var", *(workspace / "keys").iterdir(), *(workspace / "var").iterdir()):
        assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one


def test_two_workspaces_share_no_key(tmp_path: Path) -> None:
    create(tmp_path / "a")
    create(tmp_path / "b")
    keys = [(tmp_path / folder / "keys" / name).read_text() for folder in "ab" for name in NAMES]
    assert len(set(keys)) == 6


def test_a_second_init_changes_nothing(workspace: Path) -> None:
    before = contents(workspace)
    with pytest.raises(ConfigError, match="exists already"):
        create(workspace)
    assert contents(workspace) == before


@pytest.mark.parametrize("left", ["config/honey.toml", "keys", "var/registry.db"])
def test_what_is_left_of_a_workspace_is_enough_to_refuse_init(tmp_path: Path, left: str) -> None:
    path = tmp_path / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if left == "keys" else path.write_bytes(b"kept")
    with pytest.raises(ConfigError, match="exists already"):
        create(tmp_path)
    assert contents(tmp_path) == ({} if left == "keys" else {left: b"kept"})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_others_can_read_is_refused(workspace: Path, name: str, mode: int) -> None:
    (workspace / "keys" / name).chmod(mode)
    with pytest.raises(RegistryError, match="chmod 600"):
        read_keys(load(workspace / "config" / "honey.toml"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "restore it from the backup"), (b"", "holds 0 bytes"), (b"ab" * 31, "holds 31 bytes"),
        (b"zz" * 32, "cannot be read"), (b"\xff" * 64, "cannot be read"), (b"ab" * 33, "holds 33 bytes"),
    ],
)  # fmt: skip
def test_a_key_that_is_none_is_one_clear_line_without_the_key(
    workspace: Path, content: bytes | None, reason: str
) -> None:
    path = workspace / "keys" / "plan.key"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(RegistryError, match=reason) as raised:
        read_keys(load(workspace / "config" / "honey.toml"))
    assert "ababab" not in str(raised.value)


def test_secrets_are_never_shown(workspace: Path) -> None:
    keys = read_keys(load(workspace / "config" / "honey.toml"))
    raw = keys.evidence.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    for secret in (keys.plan, raw):
        for shown in (repr(keys), str(keys), f"{keys}"):
            assert secret.hex() not in shown
            assert repr(secret) not in shown


def test_sealing_keys_are_made_on_demand_and_older_ones_stay(workspace: Path) -> None:
    config = load(workspace / "config" / "honey.toml")
    assert sealing_keys(config) == {}
    made = [new_sealing_key(config), new_sealing_key(config)]
    kept = sealing_keys(config)
    publics = {X25519PrivateKey.from_private_bytes(one).public_key().public_bytes_raw() for one in kept.values()}
    assert publics == set(made)
    assert set(kept) == {key_id(one) for one in made}
    for path in (workspace / "keys").glob("sealing-*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
    with pytest.raises(RegistryError, match="chmod 600"):
        sealing_keys(config)

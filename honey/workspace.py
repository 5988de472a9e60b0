"""A workspace on disk: config, keys, registry. Keys are made once, readable by their owner only, and never replaced.

Losing keys/ loses every decoy in the registry; whoever copies keys/ and the registry can remove decoys from a dump.
"""

import os
import secrets
import stat
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from collector.hit.sealing import key_id
from honey.config import Config, load
from honey.derive import PlanKey
from honey.errors import ConfigError, RegistryError
from honey.registry.seal import KEY_BYTES, Seal
from honey.registry.store import Registry
from honey.translation import _

_KEY_NAMES = ("registry.key", "plan.key", "evidence.key")
_SEALING = "sealing-"  # and the id of the key: hits sealed to an older one must still be opened


@dataclass(frozen=True, slots=True)
class Keys:
    """The three secrets of a workspace."""

    seal: Seal = field(repr=False)
    plan: PlanKey = field(repr=False)
    evidence: Ed25519PrivateKey = field(repr=False)


def create(folder: Path) -> Path:
    """Make config/honey.toml, keys/ and an empty registry; returns the configuration's path.

    Raises ConfigError when any of them exists: a second init must not orphan a registry.
    """
    path = folder / "config" / "honey.toml"
    for existing in (path, folder / "keys", folder / "var" / "registry.db"):
        if existing.exists():
            raise ConfigError(
                _(
                    "{existing} exists already: {folder} is a workspace, choose another folder",
                    existing=existing,
                    folder=folder,
                )
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((files("honey") / "default.toml").read_text("utf-8"), "utf-8")
    (folder / "keys").mkdir(mode=0o700)
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    for name in _KEY_NAMES:
        _write_key(folder / "keys" / name, secrets.token_bytes(KEY_BYTES))
    config = load(path)
    Registry.create(config.registry_url, read_keys(config).seal).close()
    return path


def read_keys(config: Config) -> Keys:
    """Read the keys; raises RegistryError for a missing, short or openly readable one."""
    registry, plan, evidence = (_read_key(config.keys / name) for name in _KEY_NAMES)
    return Keys(Seal(registry), PlanKey(plan), Ed25519PrivateKey.from_private_bytes(evidence))


def new_sealing_key(config: Config) -> bytes:
    """Make a key pair that collectors may seal hits to; returns the public half. Earlier ones stay and still open."""
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    _write_key(config.keys / f"{_SEALING}{key_id(public)}.key", private.private_bytes_raw())
    return public


def sealing_keys(config: Config) -> dict[str, bytes]:
    """Return the private keys that open sealed hits, by key id; raises RegistryError for one that cannot be read."""
    found = sorted(config.keys.glob(f"{_SEALING}*.key"))
    return {path.stem.removeprefix(_SEALING): _read_key(path) for path in found}


def _write_key(path: Path, key: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> bytes:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise RegistryError(_("{path} can be read by others: chmod 600 {path}", path=path))
        key = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        raise RegistryError(
            _("no key at {path}: restore it from the backup; it cannot be made anew", path=path)
        ) from None
    except (OSError, ValueError) as error:
        raise RegistryError(_("{path} cannot be read as a key: {error}", path=path, error=error)) from error
    if len(key) != KEY_BYTES:
        raise RegistryError(
            _(
                "{path} holds {count} bytes, not {key_bytes}: restore it from the backup",
                path=path,
                count=len(key),
                key_bytes=KEY_BYTES,
            )
        )
    return key

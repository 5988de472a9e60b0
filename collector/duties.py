"""What the configuration asks of the hit log's writer and of those who hand it contacts."""

from collector.config.file import Config
from collector.hit.sealing import Sealer
from collector.hitlog.flood import Flood
from collector.hitlog.signing import LogKey, Signing
from collector.hitlog.writer import Duties


def duties_of(config: Config) -> Duties:
    """Return the writer's duties; the log's own key is made where there is none.

    Raises:
        ConfigError: the key cannot be used.
        LogUnwritableError: the log has no key yet and none can be made.
    """
    log = config.log
    key = log.signing_key or LogKey.beside(log.path)
    signing = Signing(key, every_hits=log.checkpoint_hits, every_seconds=log.checkpoint_seconds)
    # Derived, because whoever reads the log alone must not be able to try event ids.
    sealer = Sealer(log.seal_to, key.derive("event ids")) if log.seal_to is not None else None
    return Duties(signing=signing, sealer=sealer, retention=log.retention, tags=log.token_key)


def flood_of(config: Config) -> Flood | None:
    """Return what sorts contacts under a flood, or None where all are recorded as long as they can be."""
    log = config.log
    return Flood(log.flood, log.token_key) if log.flood is not None and log.token_key is not None else None

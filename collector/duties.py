"""What the configuration asks of the hit log's writer. The only place where the log's keys are read."""

from collector.config import Config
from collector.hit.sealing import Sealer
from collector.hitlog import Duties
from collector.signing import LogKey, Signing


def duties_of(config: Config) -> Duties:
    """Read the keys and return the writer's duties.

    Raises:
        ConfigError: a key cannot be used.
        LogUnwritableError: the log has no key yet and none can be made.
    """
    log = config.log
    stated = log.signing_key
    key = LogKey.beside(log.path) if stated is None else LogKey.of(stated.reveal(), "log.signing_key")
    signing = Signing(key, every_hits=log.checkpoint_hits, every_seconds=log.checkpoint_seconds)
    # Derived, because whoever reads the log alone must not be able to try event ids.
    sealer = Sealer(log.seal_to, key.derive("event ids")) if log.seal_to is not None else None
    return Duties(signing=signing, sealer=sealer, retention=log.retention)

"""The one error root of `collector`, split by what the reader can do.

Every message is a single line that says what is wrong and how to mend it: the CLI prints it and exits 1.
Misuse by a caller in this code base stays `ValueError` or `RuntimeError`.
"""


class CollectorError(Exception):
    """A stated failure that its reader can mend."""

    @property
    def message(self) -> str:
        """The text it was raised with, which `collector.translation` can say in another language."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class ConfigError(CollectorError):
    """The configuration cannot be used as it stands; the message names the key."""


class BindError(CollectorError):
    """An address cannot be listened on; the message names it and its section."""


class PrivilegeError(CollectorError):
    """What only binding needed cannot be given up."""


class HitError(CollectorError):
    """A hit is malformed or a chain does not verify; the message names the sequence number where it is known."""


class LogError(CollectorError):
    """The hit log cannot be used as asked."""


class LogLockedError(LogError):
    """Another process writes this log."""


class LogUnwritableError(LogError):
    """Nothing of what was handed over has been acknowledged; the sender may try again."""


class ForgedError(CollectorError):
    """A webhook request that its provider did not sign. The message never holds the payload."""


class LinkError(CollectorError):
    """A listener process and the process that writes the log do not understand each other, or one is gone."""

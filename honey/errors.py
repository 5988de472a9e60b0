"""The one error root of `honey`.

Every message is a single line that says what is wrong and how to mend it: the CLI prints it and exits 1.
Misuse by a caller in this code base stays `ValueError` or `RuntimeError`.
"""


class HoneyError(Exception):
    """A stated failure that its reader can mend."""

    @property
    def message(self) -> str:
        """The text it was raised with, which `honey.translation` can say in another language."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class ConfigError(HoneyError):
    """The configuration cannot be used as it stands."""


class InputError(HoneyError):
    """A file or value given by the user cannot be used; the message names the file, row or field."""


class HostError(HoneyError):
    """The host database cannot be reached, read or written as asked."""


class PoolExhaustedError(HoneyError):
    """A pool holds fewer beacons than were asked for; the message says how many are missing."""


class RegistryError(HoneyError):
    """The registry cannot be opened or does not hold what was asked for."""


class EvidenceError(HoneyError):
    """A bundle or log entry does not verify; the message names the step and the file."""

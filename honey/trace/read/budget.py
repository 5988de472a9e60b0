"""How much one file given by the user may unpack to, over all archives within it. Keeps the count, reads nothing."""

from dataclasses import dataclass, field

from honey.trace.read.source import UnreadableError
from honey.translation import _

MAX_UNPACKED_BYTES = 2 * 1024**4  # 4.5 thousand million rows of 250 bytes, and as much again
MAX_RATIO = 200  # unpacked to packed; text packs about 10:1, a bomb 1000:1 and more
RATIO_FREE_BYTES = 64 * 1024 * 1024  # below this any ratio is harmless
MAX_FILES = 100_000  # in one folder, or in one archive with all archives within it
MAX_DEPTH = 5  # archives within archives: a copy of a backup of an export; an archive that holds itself is endless
MEND = _("unpack it by hand and trace the files")


@dataclass(slots=True)
class Budget:
    """What is left of the allowance of one file; `spent_for` is why nothing more is read of it, once that is so."""

    packed_bytes: int
    unpacked_bytes: int = 0
    files: int = 0
    spent_for: str = field(default="")

    def take(self, size: int) -> None:
        """Count unpacked bytes; raises UnreadableError when they are more than is safe."""
        self.unpacked_bytes += size
        allowed = min(MAX_UNPACKED_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * self.packed_bytes))
        if self.unpacked_bytes > allowed:
            self._spend(_("unpacks to more than is safe to read ({allowed:,} bytes)", allowed=allowed))

    def enter(self) -> None:
        """Count a file; raises UnreadableError when there are too many."""
        self.files += 1
        if self.files > MAX_FILES:
            self._spend(_("holds more than {max_files:,} files", max_files=MAX_FILES))

    def _spend(self, why: str) -> None:
        self.spent_for = _("{why}; the rest of the archive was not read; {mend}", why=why, mend=MEND)
        raise UnreadableError(self.spent_for)

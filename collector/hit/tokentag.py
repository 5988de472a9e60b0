"""Check tags: the end of a token is a keyed hash of its beginning, in the characters the token is written with.

Whoever has the key can tell a token that `honey` made from a made-up one, without knowing a single decoy. It says no
more than that: the tag does not tell which tokens were planted, and who takes the key can make tags, not tokens.
"""

import hmac
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from collector.hit.record import Channel, Contact

KEY_BYTES = 32
# The characters of a tag, for each alphabet that link tokens are written in: at least 2**32 tags, so that one made-up
# name in four thousand million passes. Base32 is RFC 4648's, in lower case.
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
LINK_FORMS = {
    string.digits: 10,
    string.digits + "abcdef": 8,
    BASE32: 7,
    string.ascii_uppercase + string.digits: 7,
    string.ascii_letters + string.digits: 6,
}
MAIL_TAG_CHARS = 4  # digits: people's mailboxes end in a few, not in many. One made-up mailbox in 10,000 passes
LEAST_BODY_CHARS = 7  # of a token that has a tag; honey makes longer ones
LEAST_TOKEN_CHARS = LEAST_BODY_CHARS + min(LINK_FORMS.values())
MAX_TOKEN_CHARS = 128
MAX_CANDIDATES = 12  # parts of one name or URL that are looked at
_SEPARATORS = re.compile(r"[/.?&=;#:@]+")


@dataclass(frozen=True, slots=True)
class TagKey:
    """The key of the tags, shared by `honey` and its collectors."""

    key: bytes = field(repr=False)

    def link(self, body: str, alphabet: str) -> str:
        """Return a link token: `body` and its tag, all of it in `alphabet`, which is one of `LINK_FORMS`."""
        return body + self._tag(body, alphabet, LINK_FORMS[alphabet])

    def mailbox(self, body: str) -> str:
        """Return the local part of a mailbox: `body` (lower-case) and its tag."""
        return body + self._tag(body, string.digits, MAIL_TAG_CHARS, kind="mail")

    def is_link(self, token: str) -> bool:
        """Say whether a link token or DNS label has a valid tag. Takes the same time for every tag of a length."""
        if not LEAST_TOKEN_CHARS <= len(token) <= MAX_TOKEN_CHARS or not token.isalnum() or not token.isascii():
            return False
        characters = set(token)
        for alphabet, count in LINK_FORMS.items():
            at = len(token) - count
            fits = at >= LEAST_BODY_CHARS and characters <= _SETS[alphabet]
            if fits and hmac.compare_digest(token[at:], self._tag(token[:at], alphabet, count)):
                return True
        return False

    def is_mailbox(self, local_part: str) -> bool:
        """Say whether the local part of a mailbox has a valid tag; what follows a "+" is not part of it."""
        plain = local_part.lower().partition("+")[0]
        body, tag = plain[:-MAIL_TAG_CHARS], plain[-MAIL_TAG_CHARS:]
        if len(body) < LEAST_BODY_CHARS or not plain.isascii() or len(plain) > MAX_TOKEN_CHARS:
            return False
        return hmac.compare_digest(tag, self._tag(body, string.digits, MAIL_TAG_CHARS, kind="mail"))

    def has_tag(self, contact: Contact) -> bool:
        """Say whether the name, link or mailbox that was reached has a valid tag. Numbers and addresses have none."""
        if contact.channel is Channel.DNS:
            return any(map(self.is_link, contact.beacon.split(".", MAX_CANDIDATES)[:MAX_CANDIDATES]))
        if contact.channel is Channel.WEB:
            return any(map(self.is_link, _parts(contact.beacon)))
        return contact.channel is Channel.MAIL and self.is_mailbox(contact.beacon.rpartition("@")[0])

    def _tag(self, body: str, alphabet: str, count: int, kind: str = "link") -> str:
        context = f"waybill token 1:{kind}:{alphabet}:{body}"
        number = int.from_bytes(hmac.digest(self.key, context.encode(), "sha256")[:8], "big")
        tag = ""
        for _ in range(count):
            number, digit = divmod(number, len(alphabet))
            tag += alphabet[digit]
        return tag


_SETS = {alphabet: frozenset(alphabet) for alphabet in LINK_FORMS}


def _parts(url: str) -> Iterator[str]:
    """Yield what may be a token in a URL: labels of the host, segments of the path, values of the query."""
    try:
        split = urlsplit(url)
    except ValueError:  # brackets that are no IPv6 address
        return
    text = f"{split.netloc}/{split.path}?{split.query}"
    yield from _SEPARATORS.split(unquote(text), MAX_CANDIDATES)[:MAX_CANDIDATES]

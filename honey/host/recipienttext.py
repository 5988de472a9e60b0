"""One column that holds a whole recipient: in which order, with which labels and separators.

Pure. A template is the value itself with `{name}`, `{phone}` and `{address}` in the places of the three parts.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from honey.host.personal import find_phone, is_person_name
from honey.host.phonestyle import PhoneStyle, learn_phones

_WORD = re.compile(r"[^\s,，;；|/、:：()（）]+")
_LABEL = re.compile(
    r"(?:收[件货]人?|姓名|联系人|手机号?码?|电话|联系电话|联系方式|地址|收[件货]地址|name|tel|phone|mobile|address|to)",
    re.IGNORECASE,
)
_SHORT_NAME = 4  # characters; a name we do not recognise is at most this long
DEFAULT = "{name} {phone} {address}"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RecipientTextStyle:
    """The templates of a free-text recipient column, most frequent first."""

    templates: tuple[str, ...]
    phones: PhoneStyle | None

    def write(self, like: object, *, name: str, phone: str, address: str) -> str:
        """Return the three parts in the order of `like`, else in the usual order of the column."""
        template = template_of(like) if isinstance(like, str) else None
        chosen = template or (self.templates[0] if self.templates else DEFAULT)
        parts = {"{name}": name, "{phone}": phone, "{address}": address}
        return re.sub(r"\{(?:name|phone|address)\}", lambda place: parts[place.group()], chosen).strip()


def template_of(text: str) -> str | None:
    """Return the template of one value; None unless phone and address stand in it."""
    spans = split_recipient(text)
    if spans is None:
        return None
    made, done = "", 0
    for part, (start, end) in sorted(spans.items(), key=lambda item: item[1]):
        made += text[done:start].replace("{", "").replace("}", "") + f"{{{part}}}"
        done = end
    return made + text[done:].replace("{", "").replace("}", "")


def split_recipient(text: str) -> dict[str, Span] | None:
    """Return where name, phone and address stand in a free-text recipient."""
    phone = find_phone(text)
    if phone is None:
        return None
    words = [
        match.span()
        for match in _WORD.finditer(text)
        if (match.end() <= phone[0] or match.start() >= phone[1]) and not _LABEL.fullmatch(match.group())
    ]
    name = _name_of(text, words)
    rest = [span for span in words if span != name]
    if not rest:
        return None
    spans = {"phone": phone, "address": _longest_run(rest, [span for span in (name, phone) if span])}
    return spans | ({"name": name} if name else {})


def learn_recipient_text(values: Sequence[object]) -> RecipientTextStyle:
    """Return the style of a free-text recipient column."""
    texts = [value for value in values if isinstance(value, str)]
    found = Counter(template for text in texts if (template := template_of(text)))
    named = [(template, count) for template, count in found.most_common() if "{name}" in template]
    spans = [(text, span) for text in texts if (span := find_phone(text))]
    phones = learn_phones([text[start:end] for text, (start, end) in spans])
    return RecipientTextStyle(tuple(template for template, _ in named[:8]), phones)


def _name_of(text: str, words: Sequence[Span]) -> Span | None:
    for start, end in words:
        if is_person_name(text[start:end]):
            return start, end
    short = [
        span for span in words if span[1] - span[0] <= _SHORT_NAME and not any(map(str.isdigit, text[slice(*span)]))
    ]
    return short[0] if len(words) > 1 and short else None


def _longest_run(words: Sequence[Span], barriers: Sequence[Span]) -> Span:
    """Join neighbouring words unless name or phone stands between them; return the longest such run."""
    runs: list[Span] = []
    for start, end in words:
        if runs and not any(runs[-1][1] <= barrier[0] < start for barrier in barriers):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return max(runs, key=lambda run: run[1] - run[0])

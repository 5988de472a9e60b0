"""How a column writes people's names: script, capitals, masks and endings such as 先生 or (收).

Pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from honey.host.personal import HONORIFICS, NAME_MASKS, strip_honorific
from honey.host.places import COMPOUND_SURNAMES

_HAN = re.compile(r"[\u3400-\u9fff]")
_COMPANY = re.compile(
    r"\b(?:ltd|inc|llc|gmbh|ag|co|corp|company|sons|group|plc|s\.?a|markets?|stores?|shop|handel|delikatessen|imports?|"
    r"products?|foods?|restaurant|café|cafe|export|import|commerce|grocers?)\b|[&,]|公司|商行|超市|店",
    re.IGNORECASE,
)
_MOSTLY = 0.5
_ALMOST_ALL = 0.8


class Script(StrEnum):
    """What names and addresses are written in."""

    HAN = "han"
    LATIN = "latin"


@dataclass(frozen=True, slots=True)
class NameStyle:
    """How names look in one column.

    `masks` are the masked forms seen, most frequent first, a shown character as `X`: `X*`, `X**`, `*X`, `X*X`; empty
    when names stand in full. `company_share` is how many look like companies. `locale` is the Faker locale for
    Latin names, empty for the default.
    """

    script: Script = Script.HAN
    masks: tuple[str, ...] = ()
    upper: bool = False
    short: bool = False  # mostly surname and honorific, 王女士
    company_share: float = 0.0
    max_length: int | None = None
    locale: str = ""

    def write(self, name: str, like: object = None) -> str:
        """Return the name as the host writes it; `like` is the value it replaces, its ending is kept."""
        ending = _ending(like) if isinstance(like, str) else ""
        shown = self._masked(name, like)
        if self.short and ending and self.script is Script.HAN and not self.masks:
            shown = _surname(name)
        if self.upper:
            shown = shown.upper()
        if self.max_length is not None and len(shown + ending) > self.max_length:
            ending = ""
        return shown + ending

    def _masked(self, name: str, like: object) -> str:
        if not self.masks:
            return name
        like_form = mask_form(strip_honorific(like)) if isinstance(like, str) else None
        fitting = [form for form in self.masks if len(form) == len(name)]
        form = fitting[0] if fitting else (like_form or self.masks[0])
        hidden = next(character for character in form if character != "X")
        kept_tail = len(form) - len(form.rstrip("X"))
        kept_head = len(form) - len(form.lstrip("X"))
        middle = len(form) - kept_head - kept_tail
        return name[:kept_head] + hidden * middle + (name[-kept_tail:] if kept_tail else "")


def mask_form(text: str) -> str | None:
    """Return the masked form of a Han name, `王*` as `X*`; None when nothing is hidden."""
    if not _HAN.search(text) or not any(character in NAME_MASKS for character in text):
        return None
    return "".join(character if character in NAME_MASKS else "X" for character in text)


def script_of(values: Sequence[object]) -> Script:
    """Return the script most values are written in."""
    texts = [value for value in values if isinstance(value, str) and value]
    han = sum(_HAN.search(text) is not None for text in texts)
    return Script.HAN if han >= _MOSTLY * len(texts) else Script.LATIN


def learn_names(values: Sequence[object], max_length: int | None = None) -> NameStyle:
    """Return the style of a name column; of an empty one, the plain Han style."""
    texts = [value.strip() for value in values if isinstance(value, str) and value.strip()]
    if not texts:
        return NameStyle(max_length=max_length)
    forms = Counter(form for text in texts if (form := mask_form(strip_honorific(text))))
    letters = [text for text in texts if text.upper() != text.lower()]
    upper = sum(text == text.upper() for text in letters)
    short = sum(len(strip_honorific(text)) == 1 and text != strip_honorific(text) for text in texts)
    return NameStyle(
        script=script_of(texts),
        masks=tuple(form for form, _ in forms.most_common()) if forms.total() >= _MOSTLY * len(texts) else (),
        upper=bool(letters) and upper >= _ALMOST_ALL * len(letters),
        short=short >= _MOSTLY * len(texts),
        company_share=sum(_COMPANY.search(text) is not None for text in texts) / len(texts),
        max_length=max_length,
    )


def _ending(text: str) -> str:
    return next((one for one in HONORIFICS if text.endswith(one) and len(text) > len(one)), "")


def _surname(name: str) -> str:
    return next((one for one in COMPOUND_SURNAMES if name.startswith(one)), name[:1])

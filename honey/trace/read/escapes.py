"""JSON escapes in text that is no whole JSON document: broken documents, over-long lines, logs."""

import re

from honey.trace.read.source import without_surrogates

_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")


def unescaped(text: str) -> str:
    r"""Return `text` with every `\u738b` as the character, also with its backslash doubled."""
    if "\\u" not in text:
        return text
    return without_surrogates(_ESCAPE.sub(_character, text))


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return chr(code) if code >= 0x20 else " "  # a line end within a row stays none

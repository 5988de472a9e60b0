"""Collect all messages, merge them into every catalogue, compile those; say what still lacks a translation.

`python -m messages LANGUAGE...` begins catalogues of further languages, such as `de` or `pt_BR`.
"""

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from messages.compile import compile_catalogues
from messages.extract import PACKAGES, PROJECT, ROOT, MarkingError, catalogue


def merged(path: Path, template: Catalog) -> bytes:
    """Return one catalogue brought up to date: new messages come in empty, what is no longer said goes out."""
    with path.open("rb") as file:
        known = read_po(file)
    # A likely translation of another sentence is no translation: nothing fuzzy is made.
    known.update(template, no_fuzzy_matching=True, update_creation_date=False)
    written = BytesIO()
    write_po(written, known, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return written.getvalue()


def begin(path: Path) -> None:
    """Begin an empty catalogue; its place names the language, which says how many plurals there are."""
    language = path.parts[-3]
    made = Catalog(language, domain=path.stem, project=PROJECT, charset="utf-8", fuzzy=False)
    name = made.locale.english_name if made.locale else language
    made.header_comment = f"# `{path.stem}` in {name}. docs/translating.md says how to work on it.\n#"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        write_po(file, made)


def main(languages: Sequence[str]) -> int:
    """Return 1 if anything lacks a translation."""
    lacking = 0
    try:
        for one in languages:
            for package in PACKAGES:
                begin(ROOT / package / "locale" / one / "LC_MESSAGES" / f"{package}.po")
        templates = {package: catalogue(package) for package in PACKAGES}
    except (MarkingError, UnknownLocaleError, ValueError, FileExistsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for package, template in templates.items():
        for path in sorted((ROOT / package / "locale").glob("*/LC_MESSAGES/*.po")):
            path.write_bytes(merged(path, template))
            with path.open("rb") as file:
                empty = [one for one in read_po(file) if one.id and not any(one.string or "")]
            print(f"{path.relative_to(ROOT)}: {len(template)} messages, {len(empty)} without translation")
            lacking += len(empty)
    compile_catalogues(ROOT)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

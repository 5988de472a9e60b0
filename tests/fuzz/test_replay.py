"""Every fuzz target holds on its seeds and on all inputs that once broke it, without the fuzzer."""

from pathlib import Path

import pytest

from fuzz.targets import NAMES, corpus, load

STORED = [(name, path) for name in NAMES for path in corpus(name)]


@pytest.mark.parametrize(("name", "path"), STORED, ids=[f"{name}-{path.name}" for name, path in STORED])
def test_a_stored_input_keeps_what_its_target_promises(name: str, path: Path) -> None:
    load(name).check(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_every_target_has_seeds(name: str) -> None:
    assert len([path for path in corpus(name) if path.name.startswith("seed-")]) >= len(load(name).seeds()) > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 40, b"\n" * 40], ids=["nothing", "zero", "ones", "line ends"])
def test_the_least_inputs_are_borne(name: str, data: bytes) -> None:
    load(name).check(data)

"""Both searches of raw blocks answer the same questions."""

from collections.abc import Iterator

import pytest

from honey.trace.block import native


@pytest.fixture(scope="module", params=["numpy", "native"])
def kernel(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every `Prefilter` made meanwhile searches blocks this way."""
    if request.param == "native" and not native.available():
        pytest.skip("the C kernel was not built when this package was installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(native.VARIABLE, request.param)
        yield request.param

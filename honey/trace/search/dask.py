"""Units searched on a Dask cluster. Files must have the same names on every machine: a shared file system, or URLs.

The scheduler unpickles what it is sent, so it must be one's own, reached over TLS (`dask+tls://`, with Dask's own
settings for certificates) or a private network.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError

from distributed import Client, KilledWorker

from honey.errors import InputError
from honey.trace.search.sent import Sent, search_sent
from honey.trace.search.unit import Searched, Searcher, Told, Unit, lost
from honey.translation import _

CONNECT_SECONDS = 10


def search_on_dask(units: Sequence[Unit], searcher: Searcher, told: Told, *, address: str) -> Iterator[Searched]:
    """Search units on the cluster of the scheduler at `address` (tcp://host:8786); yields in the order of `units`.

    Raises:
        InputError: nobody answers there, or all workers died at once.
    """
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise InputError(
            _("{address}: no Dask scheduler answers ({exc}); start one or mend --cluster", address=address, exc=exc)
        ) from exc
    with client:
        sent = client.scatter(Sent.of(searcher), broadcast=True, hash=False)
        waiting = [
            (unit, client.submit(search_sent, unit, sent, key=f"honey-trace-{unit.key}", pure=False)) for unit in units
        ][::-1]
        while waiting:
            unit, future = waiting.pop()
            try:
                found: Searched = future.result()
            except KilledWorker as exc:  # after `distributed.scheduler.allowed-failures` tries, 3 unless configured
                reason = _("the workers that searched it died ({exc}); trace it alone", exc=exc)
                found = lost(unit, searcher, " ".join(reason.split()))
            except CancelledError as exc:
                raise InputError(
                    _("{address}: no worker is left ({exc}); start some, go on with --resume", address=address, exc=exc)
                ) from exc
            told(found.bytes, found.rows)
            yield found

"""Where the units of a dump are searched, as the options of `honey trace` say: here, by processes, by a cluster."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import click

from honey.errors import InputError
from honey.trace.index import DecoyIndex
from honey.trace.search.journal import Journal
from honey.trace.search.local import search_in_processes, search_serially
from honey.trace.search.unit import STDIN, Run, Searched
from honey.translation import _

PARALLEL_BYTES = 32 * 1024 * 1024  # below this, starting processes takes longer than they save
_DASK = {"dask": "tcp", "dask+tls": "tls"}  # --cluster's scheme and Dask's own
_SPARK = ("spark://", "local[", "local-cluster[", "yarn", "k8s://")


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class How:
    """What the options say of where to search, what to keep, and when to print."""

    workers: int | None
    cluster: str | None
    journal: Path | None
    stream: bool


def search_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options of a search; the command takes them as `how`."""

    @click.option("--workers", type=click.IntRange(1, 1024), help="Processes that search [default: one a core].")
    @click.option("--cluster", metavar="URL", help="Search on dask://HOST:PORT or a Spark master (spark://, yarn).")
    @click.option(
        "--resume",
        "journal",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Keep what is done in FILE; the same command again goes on from there.",
    )
    @click.option("--stream", is_flag=True, help="Print each sighting at once, as a JSON line; --json comes last.")
    @wraps(command)
    def with_how(
        *arguments: object,
        workers: int | None,
        cluster: str | None,
        journal: Path | None,
        stream: bool,
        **options: object,
    ) -> R:
        return command(*arguments, how=How(workers, cluster, journal, stream), **options)

    return with_how


def runner(dumps: Sequence[str], size_bytes: int, how: How) -> Run:
    """Return how the units of `dumps` are searched.

    Raises:
        InputError: the cluster is none known here, or its package is not installed.
    """
    if STDIN in dumps:
        if how.cluster:
            raise InputError(_("standard input (-) cannot be searched by a cluster; save it as a file"))
        return search_serially  # only this process has it
    if how.cluster:
        return _clustered(how.cluster)
    workers = how.workers or (len(os.sched_getaffinity(0)) if size_bytes >= PARALLEL_BYTES else 1)
    return partial(search_in_processes, workers=workers) if workers > 1 else search_serially


def _clustered(cluster: str) -> Run:
    scheme, separator, host = cluster.partition("://")
    if separator and scheme in _DASK:
        run: Run = partial(_imported("dask", "search_on_dask"), address=f"{_DASK[scheme]}://{host}")
    elif cluster.startswith(_SPARK):
        run = partial(_imported("spark", "search_on_spark"), master=cluster)
    else:
        raise InputError(
            _("--cluster {cluster}: give dask://HOST:PORT, spark://HOST:PORT, yarn or local[N]", cluster=cluster)
        )
    return run


def _imported(name: str, function: str) -> Callable[..., Iterator[Searched]]:
    """Import a cluster's package only when it is asked for: they take a second, and few have them."""
    try:
        found: Callable[..., Iterator[Searched]] = getattr(import_module(f"honey.trace.search.{name}"), function)
    except ImportError as exc:
        raise InputError(
            _(
                "{name} is not installed ({exc}): pip install 'waybill-honeytokens[{name}]', or leave --cluster out",
                name=name,
                exc=exc,
            )
        ) from exc
    return found


@contextmanager
def resumable(run: Run, journal: Path | None, index: DecoyIndex) -> Iterator[Run]:
    """Yield a way to run that keeps what is done in `journal`, if one is given."""
    if journal is None:
        yield run
        return
    with Journal.open(journal, index) as opened:
        yield opened.resumed(run)

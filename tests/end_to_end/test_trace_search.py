"""`honey trace` names the same account wherever the search runs, goes on where it stopped, streams its finds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from tests.end_to_end.conftest import Workspace, copy, to_csv

THIEF, EXPORT = "O01-A", "E-20261121-0001"


@pytest.fixture(scope="module")
def leaked(made_seeded: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with an export in `bought.csv`."""
    workspace = copy(made_seeded, tmp_path_factory.mktemp("leaked"))
    rows = workspace.host_rows("outlet_code = 'O01' AND waybill_no NOT LIKE 'YT80000000%'")
    done = workspace.honey("export", "--account", THIEF, "--export-id", EXPORT, stdin=to_csv(rows).encode())
    assert done.code == 0, done.err
    workspace.file("bought.csv", done.out)
    return workspace


def traced(workspace: Workspace, *options: str) -> dict[str, object]:
    """What trace says, but for the case and the time."""
    document = workspace.json("trace", *options, "bought.csv")
    assert [one["account"] for one in document["suspects"]] == [THIEF]
    scanned = document["scanned"]
    return {key: value for key, value in scanned.items() if key != "seconds"}


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as cluster:
        yield str(cluster.scheduler_address).replace("tcp://", "dask://")


def test_processes_and_a_cluster_come_to_the_same(leaked: Workspace, scheduler: str) -> None:
    alone = traced(leaked, "--workers", "1")
    assert traced(leaked, "--workers", "2") == alone
    in_full = str(leaked.folder / "bought.csv")  # the cluster's processes have another current folder
    document = leaked.json("trace", "--cluster", scheduler, in_full)
    assert [one["account"] for one in document["suspects"]] == [THIEF]
    assert document["scanned"]["rows"] == alone["rows"]


def test_a_url_is_read_like_a_file(leaked: Workspace) -> None:
    document = leaked.json("trace", f"file://{leaked.folder / 'bought.csv'}")
    assert [one["account"] for one in document["suspects"]] == [THIEF]
    assert "cannot be opened" in leaked.fails("trace", "file:///nowhere/bought.csv")


def test_a_journal_is_kept_and_used_again(leaked: Workspace) -> None:
    first = traced(leaked, "--resume", "scan.db")
    assert (leaked.folder / "scan.db").exists()
    assert traced(leaked, "--resume", "scan.db") == first


def test_sightings_are_streamed_before_the_document(leaked: Workspace) -> None:
    done = leaked.honey("trace", "--stream", "bought.csv")
    assert done.code == 0, done.err
    *sightings, document = map(json.loads, done.out.decode().splitlines())
    assert [one["account"] for one in document["suspects"]] == [THIEF]
    assert {one["kind"] for one in sightings} == {"sighting"}
    assert {Path(one["file"]).name for one in sightings} == {"bought.csv"}
    evidence = [one for suspect in document["suspects"] for one in suspect["evidence"]]
    assert {one["row"] for one in evidence} <= {one["row"] for one in sightings}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--cluster", "nonsense://x"], "give dask://HOST:PORT"),
        (["--cluster", "dask://127.0.0.1:9"], "no Dask scheduler answers"),
        (["--resume", "bought.csv"], "no journal"),
    ],
    ids=["an unknown cluster", "nobody there", "a journal that is none"],
)
def test_what_cannot_run_is_one_line(leaked: Workspace, options: list[str], said: str) -> None:
    assert said in leaked.fails("trace", *options, "bought.csv")

"""Parts of short messages that a killed run left sealed: recorded by the next, pulled, cited and proved elsewhere."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.hit.sealing import Sealer, parse_public
from collector.hitlog.reader import HitReader
from collector.hitlog.signing import LogKey
from collector.listeners.linenumber import Numbering
from collector.listeners.smppjoin import EventIds, Piece, contact_of
from collector.listeners.smppspool import SUFFIX, PartSpool
from collector.listeners.smppwire import DELIVER_SM, Pdu
from tests.collector.listeners.smsc import concatenated, deliver
from tests.end_to_end.conftest import SLOW_SECONDS, Workspace, run
from tests.end_to_end.test_collector_to_verdict import GANG, TAKER, collecting, collector, pull, set_up

pytestmark = pytest.mark.timeout(SLOW_SECONDS)
SMPP = """
[smpp]
connect = "127.0.0.1:9"
system_id = "honey"
password = { env = "COLLECTOR_TOKEN" }
"""


def leave_part(spool: PartSpool, row: dict[str, str], number: int) -> None:
    """Put the first of two parts into the spool, as a run does that is killed before the second comes."""
    text = f"{row['receiver_name']}您好，您的快递{row['waybill_no']}破损".encode("utf-16-be")
    body = deliver(
        concatenated(number, 2, 1, text),
        source=GANG.removeprefix("+"),
        destination=f"86{row['receiver_phone']}",
        esm_class=0x40,
        data_coding=8,
    )
    piece = Piece.of(Pdu(DELIVER_SM, 0, number + 1, body), datetime.now(UTC))
    contact = contact_of([piece], EventIds().of([piece]), Numbering("86"), "gsm7")
    spool.put(piece, replace(contact, occurred_at=piece.received_at))


def test_parts_that_were_left_sealed_lead_to_the_verdict_and_a_bundle_that_verifies_elsewhere(
    made_seeded: Workspace, tmp_path: Path
) -> None:
    workspace, decoys = set_up(made_seeded, tmp_path / "w")
    seal_to = workspace.json("keys", "new")["seal_to"]
    toml = workspace.folder / "config" / "collector.toml"
    toml.write_text(toml.read_text("utf-8").replace("[dns]", f'seal_to = "{seal_to}"\n{SMPP}[dns]', 1), "utf-8")
    log = workspace.folder / "var" / "hits.db"
    log.parent.mkdir(exist_ok=True)
    sealer = Sealer(parse_public(seal_to), LogKey.beside(log).derive("event ids"))
    spool = PartSpool(log.with_name(log.name + SUFFIX), sealer)
    for number, row in enumerate(decoys):
        leave_part(spool, row, number)
    spool.close()
    with collecting(workspace.folder) as running:
        end = time.monotonic() + 60
        while HitReader(log).head().seq < len(decoys):
            assert time.monotonic() < end
        pulled = pull(workspace, running)
    held = b"".join(file.read_bytes() for file in log.parent.glob("hits.db*")) + collector(workspace, "export").out
    for row in decoys:
        assert row["waybill_no"].encode() not in held
        assert row["waybill_no"].encode("utf-16-be") not in held
        assert row["receiver_phone"].encode() not in held
    assert pulled["new"] == len(decoys)
    (case,) = pulled["cases"]
    assert [one["account"] for one in case["suspects"]] == [TAKER]
    workspace.json("report", case["case"], "--output", tmp_path / "bundle")
    assert run(tmp_path, "verify", "bundle", "--json").document()["verified"] is True

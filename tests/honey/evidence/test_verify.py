"""A bundle verifies offline, and nothing in it can be changed: not by an outsider, not by whoever holds the key."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.hit import parse_hit, seal
from honey.errors import EvidenceError, InputError
from honey.evidence.bundle import CASE, HITS, LOG, MANIFEST, REPORT, SIGNATURE, TABLES, pretty, write
from honey.evidence.commitment import Checkpoint, Entry, fingerprint, sign
from honey.evidence.merkle import Tree
from honey.evidence.verify import verify_bundle
from honey.model.decoy import DecoyId
from honey.trace.inquiry import Inquiry
from tests.honey.evidence.sample_case import DECOYS, KEY, PLANTED_AT, Bundle, judged_again

POSITIONS = 200  # bytes changed in each file
THIEF = Ed25519PrivateKey.from_private_bytes(b"\x63" * 32)


def refused(bundle: Bundle, folder: Path, step: int) -> None:
    """Assert that exactly this step stops the bundle."""
    with pytest.raises(EvidenceError, match=rf"^step {step} \("):
        verify_bundle(bundle.write(folder))


def test_the_honest_bundle_passes_all_eight_steps_and_names_the_account(bundle: Bundle, tmp_path: Path) -> None:
    steps = verify_bundle(bundle.write(tmp_path / "b"), expected_fingerprint=fingerprint(KEY.public_key()).upper())
    assert [one.number for one in steps] == list(range(1, 9))
    assert steps[6].detail == "identified: A"
    assert Tree([Entry.from_json({name: one[name] for name in ("kind", "document", "salt")}).leaf
                 for one in bundle.document(LOG)["entries"][:4]]).root().hex() in steps[7].detail  # fmt: skip


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, CASE, LOG, HITS, REPORT, TABLES])
def test_every_changed_byte_of_every_file_is_noticed(bundle: Bundle, tmp_path: Path, name: str) -> None:
    folder, rng = bundle.write(tmp_path / "b"), random.Random(name)
    content = bundle.files[name]
    digits = [at for at, byte in enumerate(content) if byte in b"0123456789"]
    spaces = [at for at, byte in enumerate(content) if byte in b" \n"]
    chosen = {rng.randrange(len(content)) for _ in range(POSITIONS)}
    chosen |= {rng.choice(some) for some in (digits, spaces) if some for _ in range(POSITIONS // 4)}
    for at in sorted(chosen):
        byte = content[at]
        other = 48 + (byte - 47) % 10 if at in digits else rng.choice([b for b in b"\t \nAa0x\xff" if b != byte])
        (folder / name).write_bytes(content[:at] + bytes([other]) + content[at + 1 :])
        with pytest.raises(EvidenceError):
            verify_bundle(folder)
    (folder / name).write_bytes(content)
    verify_bundle(folder)


@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, CASE, LOG, HITS, REPORT, TABLES])
def test_a_missing_cut_or_lengthened_file_is_noticed(bundle: Bundle, tmp_path: Path, name: str) -> None:
    for at, content in enumerate((None, b"", bundle.files[name][:-1], bundle.files[name] + b"\n")):
        folder = bundle.write(tmp_path / str(at))
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
        with pytest.raises(EvidenceError):
            verify_bundle(folder)


def test_an_added_file_or_folder_is_noticed(bundle: Bundle, tmp_path: Path) -> None:
    folder = bundle.write(tmp_path / "b")
    (folder / "note.txt").write_text("read this")
    with pytest.raises(EvidenceError, match=r"added: note\.txt"):
        verify_bundle(folder)
    (folder / "note.txt").unlink()
    (folder / "more").mkdir()
    with pytest.raises(EvidenceError, match="added: more"):
        verify_bundle(folder)


def test_a_bundle_signed_anew_by_another_key_shows_that_key(bundle: Bundle, tmp_path: Path) -> None:
    log = bundle.document(LOG)
    points = [Checkpoint.from_json(one) for one in log["checkpoints"]]
    signed = [sign(one.size, one.root, one.signed_at, THIEF).to_json() for one in points]
    forged = bundle.resigned({LOG: pretty({**log, "checkpoints": signed})}, THIEF)
    folder = forged.write(tmp_path / "b")
    verify_bundle(folder)  # nothing inside says whose key it should be
    with pytest.raises(EvidenceError, match="signed by key"):
        verify_bundle(folder, expected_fingerprint=fingerprint(KEY.public_key()))
    refused(bundle.resigned({}, THIEF), tmp_path / "mixed", 2)


def planting(log: dict[str, object], decoy: str) -> dict[str, object]:
    entries = log["entries"]
    assert isinstance(entries, list)
    found: dict[str, object] = next(one for one in entries if one["document"].get("decoy") == decoy)
    return found


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: one["document"].update(account="B", export="E-2"), id="given to another account"),
        pytest.param(lambda one: one["document"].update(values=DECOYS[2].to_json()), id="another decoy's values"),
        pytest.param(lambda one: one.update(salt="00" * 16), id="another salt"),
        pytest.param(lambda one: one.update(position=2), id="another place"),
        pytest.param(lambda one: one.update(path=one["path"][:-1]), id="a shorter path"),
        pytest.param(lambda one: one.update(position=99), id="a place beyond the log"),
    ],
)
def test_a_swapped_decoy_fails_even_when_signed_with_the_real_key(
    bundle: Bundle, tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    log = bundle.document(LOG)
    change(planting(log, "D-0"))
    refused(bundle.resigned({LOG: pretty(log)}), tmp_path / "b", 3)


def test_a_log_forged_later_does_not_agree_with_the_checkpoint_handed_out_before(
    bundle: Bundle, tmp_path: Path
) -> None:
    """Whoever holds the evidence key rewrites the whole log, but must keep the checkpoint that others have seen."""
    log = bundle.document(LOG)
    planting(log, "D-0")["document"].update(account="B", export="E-2")  # type: ignore[attr-defined]  # JSON
    entries = [Entry.from_json({key: one[key] for key in ("kind", "document", "salt")}) for one in log["entries"]]
    tree = Tree([one.leaf for one in entries])
    newest = sign(len(entries), tree.root(), PLANTED_AT.replace(day=9), KEY).to_json()
    for at, one in enumerate(log["entries"]):
        one["path"] = [path.hex() for path in tree.inclusion(at)]
    forged = {**log, "checkpoints": [log["checkpoints"][0], newest]}
    refused(bundle.resigned({LOG: pretty(forged)}), tmp_path / "b", 3)


@pytest.mark.parametrize(
    ("change", "step"),
    [
        pytest.param(lambda one: one["checkpoints"].reverse(), 2, id="checkpoints out of order"),
        pytest.param(lambda one: one["checkpoints"].clear(), 2, id="no checkpoint"),
        pytest.param(lambda one: one["checkpoints"].append(one["checkpoints"][-1]), 2, id="one checkpoint twice"),
        pytest.param(lambda one: one["checkpoints"].pop(), 3, id="entries beyond the newest checkpoint"),
        pytest.param(lambda one: one["entries"].pop(0), 4, id="a seen decoy not opened"),
        pytest.param(lambda one: one["entries"].append(one["entries"][0]), 4, id="a decoy opened twice"),
        pytest.param(lambda one: one["entries"].pop(), 5, id="a cited hit not committed"),
    ],
)
def test_a_log_with_something_left_out_or_added_fails_although_signed(
    bundle: Bundle, tmp_path: Path, change: Callable[[dict[str, object]], None], step: int
) -> None:
    log = bundle.document(LOG)
    change(log)
    refused(bundle.resigned({LOG: pretty(log)}), tmp_path / "b", step)


def test_a_decoy_moved_to_another_accounts_export_fails_at_step_4(bundle: Bundle, tmp_path: Path) -> None:
    inquiry = Inquiry.from_json(bundle.document(CASE)["inquiry"])
    swapped = {"A": "B", "B": "A"}
    releases = tuple(replace(one, account=type(one.account)(swapped[one.account])) for one in inquiry.releases)
    case = judged_again(bundle.document(CASE), replace(inquiry, releases=releases))
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 4)


def test_a_changed_hit_fails_at_step_5_whether_its_hash_is_mended_or_not(bundle: Bundle, tmp_path: Path) -> None:
    hits = [parse_hit(line) for line in bundle.files[HITS].decode().splitlines()]
    contact = replace(hits[0].contact, claims={"text": "慕容诗雨您好"})
    again = seal(contact, seq=hits[0].seq, received_at=hits[0].received_at, log=hits[0].log, prev=hits[0].prev)
    for at, first in enumerate((replace(hits[0], contact=contact), again)):
        lines = "".join(one.to_line() + "\n" for one in (first, *hits[1:])).encode()
        refused(bundle.resigned({HITS: lines}), tmp_path / str(at), 5)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: {"chance": one.chance / 1000}, id="a hit made to say more than it does"),
        pytest.param(lambda _: {"decoys": frozenset({DecoyId("D-3")})}, id="a hit that names another decoy"),
        pytest.param(lambda one: {"place": replace(one.place, seq=9)}, id="a hit that is not there"),
    ],
)
def test_a_hit_that_does_not_show_what_the_case_says_fails_at_step_6(
    bundle: Bundle, tmp_path: Path, change: Callable[[object], dict[str, object]]
) -> None:
    inquiry = Inquiry.from_json(bundle.document(CASE)["inquiry"])
    first, *others = inquiry.sightings
    other = replace(first, **change(first))  # type: ignore[arg-type]  # a table of field values
    case = judged_again(bundle.document(CASE), replace(inquiry, sightings=(other, *others)))
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 6)


def test_a_shared_number_narrowed_to_one_account_fails_at_step_6(bundle: Bundle, tmp_path: Path) -> None:
    inquiry = Inquiry.from_json(bundle.document(CASE)["inquiry"])
    shared = next(one for one in inquiry.sightings if len(one.decoys) == 2)
    narrowed = tuple(
        replace(one, decoys=frozenset({DecoyId("D-2")})) if one is shared else one for one in inquiry.sightings
    )
    case = judged_again(bundle.document(CASE), replace(inquiry, sightings=narrowed))
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 6)


def test_a_dump_value_that_does_not_show_its_decoy_fails_at_step_6(bundle: Bundle, tmp_path: Path) -> None:
    case = bundle.document(CASE)
    case["inquiry"]["sightings"][-1]["seen"] = "YT90000000001"
    case = judged_again(case, Inquiry.from_json(case["inquiry"]))
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 6)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda one: one["suspects"][0].update(account="B"), id="another account"),
        pytest.param(lambda one: one["suspects"][0].update(probability=0.99999), id="another probability"),
        pytest.param(lambda one: one["suspects"][0].update(exports=["E-2"]), id="another export"),
        pytest.param(lambda one: one["suspects"][0].update(support="weak"), id="another word"),
        pytest.param(lambda one: one["suspects"].append(one["suspects"][0]), id="one suspect more"),
        pytest.param(lambda one: one.update(verdict="none"), id="another verdict"),
        pytest.param(lambda one: one.update(no_leak_probability=0.5), id="another no-leak probability"),
        pytest.param(lambda one: one["notes"].clear(), id="without its notes"),
        pytest.param(lambda one: one.update(extra=1), id="a key more"),
    ],
)
def test_an_altered_verdict_fails_at_step_7_even_when_signed_with_the_real_key(
    bundle: Bundle, tmp_path: Path, change: Callable[[dict[str, object]], None]
) -> None:
    case = bundle.document(CASE)
    change(case["attribution"])
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 7)


def test_plantings_committed_after_the_case_was_opened_fail_at_step_8(late_bundle: Bundle, tmp_path: Path) -> None:
    refused(late_bundle, tmp_path / "b", 8)


def test_a_case_dated_back_before_its_plantings_fails_at_step_8(bundle: Bundle, tmp_path: Path) -> None:
    case = {**bundle.document(CASE), "opened_at": PLANTED_AT.replace(day=1, hour=1).isoformat()}
    refused(bundle.resigned({CASE: pretty(case)}), tmp_path / "b", 8)


HOSTILE = {
    "no JSON": b"{",
    "no object": b"[]",
    "a number": b"1",
    "text that is not UTF-8": b"\xff\xfe",
    "endless nesting": b"[" * 200_000,
    "nothing inside": b"{}",
    "a path as file name": pretty({"v": 1, "public_key": "00" * 32, "files": {"../x": "00"}}),
}


@pytest.mark.parametrize("content", [pytest.param(value, id=name) for name, value in HOSTILE.items()])
@pytest.mark.parametrize("name", [MANIFEST, CASE, LOG])
def test_a_hostile_bundle_gives_one_clear_line(bundle: Bundle, tmp_path: Path, name: str, content: bytes) -> None:
    folder = bundle.changed(name, content).write(tmp_path / "plain")
    with pytest.raises(EvidenceError):
        verify_bundle(folder)
    if name != MANIFEST:
        with pytest.raises(EvidenceError, match=r"^step 1 "):
            verify_bundle(bundle.resigned({name: content}, THIEF).write(tmp_path / "signed"))


@pytest.mark.parametrize(
    "setting", [{"accounts": 10**400}, {"threshold": 2}, {"no_leak_prior": -1}, {"outlets": None}, {"odd": 1}]
)
def test_an_inquiry_out_of_range_gives_one_clear_line(
    bundle: Bundle, tmp_path: Path, setting: dict[str, object]
) -> None:
    case = bundle.document(CASE)
    case["inquiry"]["settings"].update(setting)
    forged = bundle.resigned({CASE: json.dumps(case).encode()}, THIEF)
    with pytest.raises(EvidenceError):
        verify_bundle(forged.write(tmp_path / "b"))


def test_a_folder_that_is_no_bundle_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is no bundle"):
        verify_bundle(tmp_path)


def test_a_bundle_is_written_into_a_folder_of_its_own_only(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write(bundle.files, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]

"""What one target is owed: nothing lost, nothing told twice that arrived, digested, given up in sight of everybody."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collector.config.alerts import AlertsConfig, TargetConfig
from collector.config.file import Config
from collector.config.log import LogConfig
from collector.config.value import Secret
from collector.errors import LogError, LogLockedError, LogUnwritableError
from collector.hit import Channel, Contact
from collector.hit.tokentag import BASE32, TagKey
from collector.hitlog.writer import Duties, HitLog
from collector.outbox import store
from collector.outbox.arrivals import Arrivals
from collector.outbox.overview import overview, target_lines
from collector.outbox.service import PASSED_OVER_HITS, Worker
from collector.outbox.store import DEAD, QUEUED, SENT, Notice, Outbox
from tests.collector.conftest import NOON

CALL = Contact(
    Channel.CALL, "+8614012345678", "+12025550147", claims={"text": "王小红 YT8000000001234"}, raw=b"all of it"
)
SMS = replace(CALL, channel=Channel.SMS)
QUERY = Contact(Channel.DNS, "x.t.example.net", "192.0.2.1")
URL = Secret("json://hookuser:s3samepw@127.0.0.1:1/")
TARGET = TargetConfig("ops", URL, every_minutes=15)
CONFIG = AlertsConfig((TARGET,), give_up_days=3)


@dataclass
class Scripted:
    """A target whose answers are known: None takes a notice, a text refuses it."""

    answers: list[str | None] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    asked: int = 0

    def send(self, title: str, body: str) -> str | None:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            self.taken.append(f"{title}\n{body}")
        return answer


@dataclass
class Desk:
    """One target with a clock that stands still."""

    log: HitLog
    outbox: Outbox
    target: Scripted = field(default_factory=Scripted)
    now: datetime = NOON
    config: TargetConfig = TARGET

    def record(self, *contacts: Contact) -> None:
        self.log.append_all(contacts, self.now).result(60)

    def worker(self) -> Worker:
        return Worker(
            self.config, CONFIG, self.outbox, Arrivals(self.log.path), self.target, lambda: self.now, lambda: 0.5
        )

    def tick(self, seconds: float = 0) -> None:
        self.now += timedelta(seconds=seconds)
        self.worker().tick()

    def queued(self) -> Notice | None:
        return self.outbox.queued("ops")

    def newest(self) -> Notice:
        found = self.outbox.newest("ops")
        assert found is not None
        return found


@pytest.fixture
def desk(log: HitLog, tmp_path: Path) -> Iterator[Desk]:
    with Outbox(tmp_path / "out.db") as outbox:
        made = Desk(log, outbox)
        made.worker().begin()
        yield made


def test_the_first_contact_is_told_at_once_and_nothing_but_counts(desk: Desk) -> None:
    desk.tick()
    assert desk.target.asked == 0
    desk.record(CALL)
    desk.tick()
    (told,) = desk.target.taken
    assert told == (
        "Waybill collector: 1 new contact\n1 new contact on 1 beacon, channel call\nhit 1 of log 0123abcd, notice 1"
    )
    assert desk.newest().state == SENT
    stored = (desk.outbox.path).read_bytes() + desk.outbox.path.with_name("out.db-wal").read_bytes()
    for secret in ("14012345678", "12025550147", "YT8000000001234", "s3samepw", "王小红"):
        assert secret.encode() not in stored


def test_what_comes_within_the_quarter_of_an_hour_is_one_notice_with_counts(desk: Desk) -> None:
    """A thousand contacts are two notices: the first one's, and the others'."""
    desk.record(CALL)
    desk.tick()
    for number in range(10):
        desk.record(
            *[replace(SMS, beacon=f"+861401234{line:04d}") for line in range(number * 7, number * 7 + 99)], CALL
        )
        desk.tick(60)
    assert desk.target.asked == 1
    desk.tick(5 * 60)
    assert len(desk.target.taken) == 2
    assert desk.target.taken[1].splitlines()[1:] == [
        "10 new contacts on 1 beacon, channel call",
        "990 new contacts on 162 beacons, channel sms",
        "hits 2 to 1001 of log 0123abcd, notice 2",
    ]


def test_what_a_target_did_not_ask_for_is_passed_over(desk: Desk) -> None:
    """Names and links are looked up all day long; how far that was seen is written down now and then."""
    desk.record(QUERY)
    desk.tick()
    assert desk.target.asked == 0
    assert desk.outbox.told("ops", "0123abcd", 0) == 0
    for _ in range(3):
        desk.record(*[QUERY] * (PASSED_OVER_HITS // 3))
    desk.tick()
    assert desk.outbox.told("ops", "0123abcd", 0) >= PASSED_OVER_HITS
    desk.config = replace(TARGET, channels=(Channel.DNS,))
    desk.record(QUERY)
    desk.tick()
    assert desk.target.taken[0].splitlines()[1] == "1 new contact on 1 beacon, channel dns"


def test_a_name_with_our_check_tag_is_told_amid_the_noise(desk: Desk, tmp_path: Path) -> None:
    """A link of ours that is opened; what the Internet looks up all day is not counted with it."""
    key = TagKey(b"\x05" * 32)
    ours = replace(QUERY, beacon=f"{key.link('k3d7fh2k7q', BASE32)}.t.example.net")
    with HitLog.open(tmp_path / "tags.db", now=lambda: NOON, duties=Duties(tags=key)) as tagged:
        desk.log = tagged
        desk.worker().begin()
        desk.record(QUERY, ours, QUERY, ours, QUERY)
        desk.tick()
        assert desk.target.taken[0].splitlines()[1] == "2 new contacts on 1 beacon, channel dns"
        assert "\nhits 2 to 4 of log" in desk.target.taken[0]


def test_a_refused_notice_is_tried_again_later_each_time_and_new_contacts_wait_for_the_next(desk: Desk) -> None:
    """30, 60, 120 seconds; the notice itself does not change, so that a receiver can tell it came twice."""
    desk.target.answers = ["refused", "refused", "refused"]
    desk.record(CALL)
    desk.tick()
    assert (desk.target.asked, desk.newest().tries, desk.newest().last_error) == (1, 1, "refused")
    desk.record(SMS, SMS)
    for wait, asked in ((29, 1), (1, 2), (59, 2), (1, 3), (119, 3), (1, 4)):
        desk.tick(wait)
        assert desk.target.asked == asked
    assert desk.target.taken == [
        "Waybill collector: 1 new contact\n1 new contact on 1 beacon, channel call\nhit 1 of log 0123abcd, notice 1"
    ]
    desk.tick(15 * 60)
    assert desk.target.taken[1].splitlines()[1] == "2 new contacts on 1 beacon, channel sms"
    assert desk.newest().last_seq == 3


def test_a_notice_nobody_takes_for_three_days_is_given_up_and_stays_listed(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """The next contacts get a notice of their own."""
    desk.target.answers = ["gone"] * 200
    desk.record(CALL)
    hours = 0
    while desk.outbox.newest("ops") is None or desk.newest().state == QUEUED:
        desk.tick(3600 * 1.2)
        hours += 1
    assert 3 * 24 / 1.2 <= hours <= 3 * 24 / 1.2 + 2
    dead = desk.newest()
    assert (dead.state, dead.last_error, dead.next_try_at) == (DEAD, "gone", None)
    assert "given up, see `collector alerts`" in caplog.text
    desk.tick(60)
    assert desk.newest().id == dead.id
    desk.target.answers = []
    desk.record(SMS)
    desk.tick(60)
    (told,) = desk.target.taken
    assert told.splitlines()[1:] == [
        "1 new contact on 1 beacon, channel sms",
        "1 earlier notice given up: see `collector alerts`",
        "hit 2 of log 0123abcd, notice 2",
    ]
    config = Config(LogConfig(desk.log.path), alerts=replace(CONFIG, path=desk.outbox.path))
    (target,) = overview(config)
    assert (target["dead"], target["sent"], target["queued"]) == (1, 1, 0)
    assert any("notice 1 dead, 1 contacts" in line and line.endswith(": gone") for line in target_lines(target))


def test_a_kill_between_the_answer_and_its_note_sends_the_notice_again_and_loses_none(desk: Desk) -> None:
    """At least once: the receiver sees notice 1 twice, under its number, after the back-off."""

    class Killed(BaseException):
        """The process is gone."""

    class Dying(Scripted):
        def send(self, title: str, body: str) -> str | None:
            super().send(title, body)
            raise Killed

    desk.target = Dying()
    desk.record(CALL)
    with pytest.raises(Killed):
        desk.tick()
    assert (desk.newest().state, desk.newest().tries, desk.newest().last_error) == (QUEUED, 1, "no answer yet")
    first, desk.target = desk.target, Scripted()
    path = desk.outbox.path
    desk.outbox.close()
    desk.outbox = Outbox(path)
    desk.worker().begin()
    desk.tick(29)
    assert desk.target.asked == 0
    desk.tick(1)
    assert desk.target.taken == first.taken
    desk.outbox.close()


def test_contacts_while_nothing_ran_are_told_after_the_start(desk: Desk, tmp_path: Path) -> None:
    desk.record(CALL, CALL)
    desk.worker().begin()
    desk.tick()
    assert desk.target.taken[0].startswith("Waybill collector: 2 new contacts")


def test_a_new_target_is_told_of_what_comes_from_now_on(desk: Desk) -> None:
    """Nobody wants a notice of last year's calls."""
    desk.record(CALL)
    desk.config = replace(TARGET, name="night")
    desk.worker().begin()
    desk.tick()
    assert desk.target.asked == 0
    desk.record(CALL)
    desk.tick()
    assert "hit 2 of log" in desk.target.taken[0]


def test_another_log_is_told_from_its_own_beginning(desk: Desk, tmp_path: Path) -> None:
    """After the log was moved away numbers begin at 1 again."""
    desk.record(*[CALL] * 5)
    desk.tick()
    with HitLog.open(tmp_path / "new.db", now=lambda: NOON, new_id=lambda: "89abcdef") as fresh:
        desk.log = fresh
        desk.worker().begin()
        desk.record(CALL)
        desk.tick(15 * 60)
    assert desk.target.taken[1].endswith("hit 1 of log 89abcdef, notice 2")


@pytest.mark.parametrize("days", [-30, 30])
def test_a_clock_that_is_turned_holds_nothing_up(desk: Desk, days: int) -> None:
    desk.target.answers = ["refused"]
    desk.record(CALL)
    desk.tick()
    desk.tick(days * 86_400)
    assert len(desk.target.taken) == 1
    desk.record(CALL)
    desk.tick(-60 if days < 0 else 15 * 60)
    assert len(desk.target.taken) == 2


def test_only_the_newest_of_what_was_sent_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "KEPT", 30)
    desk.config = replace(TARGET, every_minutes=0)
    for _ in range(50):
        desk.record(CALL)
        desk.tick()
    config = Config(LogConfig(desk.log.path), alerts=replace(CONFIG, path=desk.outbox.path))
    (target,) = overview(config, most=5)
    assert (target["sent"], len(target["notices"])) == (30, 5)
    assert target["notices"][0]["last_seq"] == 50


def test_an_outbox_has_one_writer(desk: Desk) -> None:
    with pytest.raises(LogLockedError):
        Outbox(desk.outbox.path)


def test_what_cannot_be_read_or_written_is_said_in_one_line(desk: Desk, tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_bytes(b"x" * 4096)
    with pytest.raises(LogUnwritableError, match="cannot write the outbox"):
        Outbox(no_folder)
    with pytest.raises(LogError, match="there is no hit log"):
        Arrivals(tmp_path / "none.db").after(0, TARGET.channels)
    with pytest.raises(LogError, match="cannot read the hit log"):
        Arrivals(no_folder).after(0, TARGET.channels)


def test_the_overview_says_who_waits_for_what_and_never_where(desk: Desk) -> None:
    desk.target.answers = ["refused"]
    desk.record(CALL)
    desk.tick()
    desk.record(SMS)
    config = Config(LogConfig(desk.log.path), alerts=replace(CONFIG, path=desk.outbox.path))
    (target,) = overview(config)
    assert target["waiting"] == {"contacts": 1, "lines": ["1 new contact on 1 beacon, channel sms"]}
    (notice,) = target["notices"]
    assert (notice["state"], notice["tries"], notice["last_error"]) == (QUEUED, 1, "refused")
    assert notice["next_try_at"] == "2026-11-21T12:00:30.123456Z"
    said = json.dumps(target) + "\n".join(target_lines(target))
    assert "s3samepw" not in said
    assert "not told yet: 1 new contact on 1 beacon, channel sms" in said

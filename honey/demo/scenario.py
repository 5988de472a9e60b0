"""The YTO case replayed, step by step: what happens, what each step proves, and the verdicts beside the truth."""

import csv
import os
import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlite_utils

from honey.demo import contacts, sample_host
from honey.demo.access_log import Theft, stolen_rows, write_access_log
from honey.demo.contacts import Collector
from honey.demo.leak import write_masked_copy
from honey.demo.steps import DemoError, Names, Runner
from honey.translation import _

ROWS = 60_000
NAMES = Names(
    zone="t.courier.example",
    mail_domain="mail.courier.example",
    web_host="track.courier.example",
    public_url="https://hooks.courier.example",
)
POOL_PREFIX = "1409"  # the operator's numbers: the only ones whose calls reach the collector
THEFT = Theft(account="C07B", own_outlet="OUT-07", victim_outlet="OUT-12", export_id="E-20261120-7731")
SELLER, SELLER_OUTLET, SELLER_EXPORT = "M03", "OUT-03", "E-20261121-0412"
SELLER_ROWS = 400
STRAY_CALLS = 90
GANG = "+12025550147"  # a fictitious number (NANP 555-0100 to 0199)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Truth and verdict of one leak."""

    leak: str
    truth: str
    verdict: str
    probability: float
    case: str
    bundle: str

    @property
    def right(self) -> bool:
        """Whether exactly the exporting account was named."""
        return self.truth == self.verdict


class Scenario:
    """One run in one folder. Every step returns one line: what it proves."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder = folder
        self.rng = rng
        # Always a noon, so that the stolen hours lie across two of the managers' daily exports whenever the demo runs.
        self.now = datetime.now(UTC).replace(hour=12, minute=0, second=0, tzinfo=None) - timedelta(days=1)
        self.host = folder / "sample" / "waybills.db"
        self.workspace = folder / "workspace"
        # The token and keys are made for this run alone; nothing outside this process tree sees them.
        secret = {name: secrets.token_hex(16) for name in ("TWILIO_AUTH_TOKEN", "COLLECTOR_TOKEN")}
        self.environment = {**os.environ, **secret, "HONEY_CONFIG": str(self.workspace / "config" / "honey.toml")}
        self.runner = Runner(folder, self.environment)
        self.calls = 0

    def build_host(self) -> str:
        """Make the sample waybill system."""
        self.host.parent.mkdir(parents=True)
        accounts = sample_host.build(self.host, self.rng, rows=ROWS, now=self.now)
        staff = self.folder / "sample" / "staff.csv"
        with staff.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("account", "kind", "name", "outlet"))
            writer.writerows((one.account, one.kind, one.name, one.outlet) for one in accounts)
        return _(
            "{rows:,} waybills, {outlets} outlets, {count} accounts; everybody in them is invented",
            rows=ROWS,
            outlets=sample_host.OUTLETS,
            count=len(accounts),
        )

    def make_workspace(self) -> str:
        """Init, and take over what inspection proposes for the host."""
        self.runner.honey("init", str(self.workspace))
        found = self.runner.honey("host", "inspect", f"sqlite:///{self.host}")["proposed"]
        lines = [
            "",
            "[host]",
            f'url = "sqlite:///{self.host}"',
            f'table = "{found["table"]}"',
            "",
            "[host.columns]",
        ]
        lines += [f'{role} = "{column}"' for role, column in found["columns"].items()]
        path = self.workspace / "config" / "honey.toml"
        path.write_text(path.read_text("utf-8") + "\n".join(lines) + "\n", "utf-8")
        self.runner.honey("host", "check")
        return _(
            "table {table}, {count} column roles found without a hint; it can be written",
            table=found["table"],
            count=len(found["columns"]),
        )

    def import_lists(self) -> str:
        """Accounts and beacons."""
        beacons = self.folder / "sample" / "beacons.csv"
        text = sample_host.beacons_csv(NAMES)
        beacons.write_text(text, "utf-8")
        added = self.runner.honey("accounts", "import", str(self.folder / "sample" / "staff.csv"))
        self.runner.honey("beacons", "import", str(beacons))
        plan = self.runner.honey("plan")
        shared = plan["strength"]["accounts_per_number"]
        return _(
            "{added} accounts; {phone_numbers} numbers serve them all, {shared} accounts share each, "
            "so a call alone can accuse nobody",
            added=added["added"],
            phone_numbers=plan["strength"]["phone_numbers"],
            shared=shared,
        )

    def seed(self) -> str:
        """Plant resident decoys."""
        planted = self.runner.honey("seed")["planted"]
        return _(
            "{planted} decoys planted and read back; each is committed to the evidence log before any leak",
            planted=planted,
        )

    def steal_from_other_outlet(self) -> str:
        """A rented account exports another outlet's rows; the host's access record is imported."""
        log = self.folder / "sample" / "access.csv"
        write_access_log(self.host, log, THEFT, self.rng, self.now)
        stolen = stolen_rows(self.host, THEFT, self.now)
        write_masked_copy(stolen, self.folder / "leaked" / "bought.csv", self.rng)
        found = self.runner.honey("access", "import", str(log))
        foreign = next((one["decoys"] for one in found["tripwire"] if one["account"] == THEFT.account), 0)
        return _(
            "{account} of {own_outlet} took {count:,} rows of {victim_outlet} ({foreign} decoys among "
            "them); {events:,} access events imported",
            account=THEFT.account,
            own_outlet=THEFT.own_outlet,
            count=len(stolen),
            victim_outlet=THEFT.victim_outlet,
            foreign=foreign,
            events=found["events"],
        )

    def export_own_outlet(self) -> str:
        """A manager exports its own outlet through honey."""
        rows = self.folder / "leaked" / "rows.csv"
        database = sqlite_utils.Database(self.host)
        newest = "select * from waybill where outlet_code = ? order by create_time desc limit ?"
        own = list(database.query(newest, (SELLER_OUTLET, SELLER_ROWS)))
        database.close()
        with rows.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, own[0])
            writer.writeheader()
            writer.writerows(own)
        done = self.runner.honey(
            "export", "--account", SELLER, "--export-id", SELLER_EXPORT, "--input", str(rows),
            "--output", str(self.folder / "leaked" / "exported.csv"),
        )  # fmt: skip
        added = done["rows_out"] - done["rows_in"]
        return _(
            "{seller} took {rows_in} rows of its own outlet; {added} decoys of this one export went with them",
            seller=SELLER,
            rows_in=done["rows_in"],
            added=added,
        )

    def stray_calls(self, collector: Collector, manage: str) -> str:
        """Robocalls ring decoys and controls alike."""
        for _call in range(STRAY_CALLS):
            self._call(collector, f"+861409{self.rng.randrange(50):07d}", f"+1202555{self.rng.randrange(100, 200):04d}")
        found = self.runner.honey("hits", "pull", manage)
        if found["cases"]:
            raise DemoError(_("stray calls opened a case: {suspects}", suspects=found["cases"][0]["suspects"]))
        return _(
            "{new} stray calls, {background} of campaigns that rang a number never planted: no case",
            new=found["new"],
            background=found["background"],
        )

    def gang_contacts(self, collector: Collector, manage: str) -> str:
        """Whoever bought the manager's export works through the list on every channel."""
        with (self.folder / "leaked" / "exported.csv").open(encoding="utf-8", newline="") as file:
            bought = [row for row in csv.DictReader(file) if row["receiver_phone"].startswith(POOL_PREFIX)]
        for row in bought:
            self._work_on(collector, row)
        found = self.runner.honey("hits", "pull", manage)
        named = [
            one["account"] for case in found["cases"] for one in case["suspects"] if case["verdict"] == "identified"
        ]
        reached = _("{new} calls, SMS, mails, look-ups and visits recorded", new=found["new"])
        return _("{reached}; they lead to {named}", reached=reached, named=", ".join(named) or _("nobody"))

    def judge(self) -> list[Outcome]:
        """Trace the bought file, pack and verify both cases."""
        traced = self.runner.honey("trace", str(self.folder / "leaked" / "bought.csv"))
        contact = [one for one in self.runner.honey("cases", "list")["cases"] if one["origin"] == "contact"]
        outcomes = [self._outcome(_("masked file bought on the market"), THEFT.account, traced["case"])]
        outcomes += [self._outcome(_("calls, SMS, mail, DNS, web"), SELLER, one["case"]) for one in contact]
        if not contact:
            outcomes.append(Outcome(_("calls, SMS, mail, DNS, web"), SELLER, _("nobody"), 0.0, "", ""))
        return outcomes

    def _outcome(self, leak: str, truth: str, case: str) -> Outcome:
        shown = self.runner.honey("cases", "show", case)
        bundle = self.folder / "evidence" / case
        self.runner.honey("report", case, "--output", str(bundle))
        self.runner.honey("verify", str(bundle))
        named = shown["suspects"] if shown["verdict"] == "identified" else []
        verdict = ", ".join(f"{one['account']}" for one in named) or _("nobody")
        return Outcome(leak, truth, verdict, named[0]["probability"] if named else 0.0, case, str(bundle))

    def _work_on(self, collector: Collector, row: dict[str, str]) -> None:
        phone, name, number = f"+86{row['receiver_phone']}", row["receiver_name"], row["waybill_no"]
        self._call(collector, phone, GANG)
        contacts.sms(
            collector, sender=GANG, recipient=phone, message_id=f"SM{self.rng.getrandbits(64):016x}",
            text=f"{name}您好，您的快递{number}破损，请联系客服办理双倍理赔",
        )  # fmt: skip
        if row["receiver_email"].endswith("@" + NAMES.mail_domain):
            contacts.mail(
                collector, sender="kefu@service.example", recipient=row["receiver_email"],
                subject="快递理赔通知", text=f"{name}，您的包裹{number}需要退款，请点击链接。",
            )  # fmt: skip
        if row["label_url"]:
            host = row["label_url"].split("/")[2]
            if host.endswith(NAMES.zone):
                contacts.look_up(collector, host)
            contacts.visit(collector, row["label_url"])

    def _call(self, collector: Collector, called: str, caller: str) -> None:
        self.calls += 1
        contacts.call(collector, caller=caller, called=called, call_id=f"CA{self.calls:032x}")

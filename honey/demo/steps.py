"""Run the real commands as a user would, and start and stop a real collector."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from honey.demo.contacts import Collector
from honey.errors import HoneyError
from honey.translation import _, retold

_ENGLISH = {"LANGUAGE": "", "LC_ALL": "C.UTF-8"}  # so that what a command says can be read here
START_SECONDS = 20  # a collector that binds loopback ports is up within one


class DemoError(HoneyError):
    """A step of the demo did not do what it should."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs `honey` commands in one workspace."""

    workspace: Path
    environment: Mapping[str, str]

    def honey(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json and return its document; raises DemoError with its last line when it fails."""
        command = [sys.executable, "-m", "honey", *arguments, "--json"]
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            command,
            cwd=self.workspace,
            env={**self.environment, **_ENGLISH},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            reason = said[-1].removeprefix("error: ") if said else "failed"
            raise DemoError(_("honey {arguments}: {reason}", arguments=" ".join(arguments), reason=retold(reason)))
        document: dict[str, Any] = json.loads(done.stdout)
        return document


COLLECTOR_TOML = """\
[log]
path = "{folder}/hits.db"
[dns]
listen = ["127.0.0.1:0"]
zones = ["{zone}"]
answers = ["192.0.2.5"]
[web]
listen = ["127.0.0.1:0"]
hosts = ["{web_host}"]
[smtp]
listen = ["127.0.0.1:0"]
domains = ["{mail_domain}"]
[webhooks.calls]
provider = "twilio"
key = {{ env = "TWILIO_AUTH_TOKEN" }}
public_url = "{public_url}"
[manage]
listen = "127.0.0.1:0"
token = {{ env = "COLLECTOR_TOKEN" }}
"""


@dataclass(frozen=True, slots=True)
class Names:
    """What the demo's collector answers for; none of it is resolved by anybody but the demo."""

    zone: str
    mail_domain: str
    web_host: str
    public_url: str  # what the telephony provider was told; only its signature uses it


@contextmanager
def running_collector(folder: Path, environment: Mapping[str, str], names: Names) -> Iterator[tuple[Collector, str]]:
    """Start `collector run` on free ports; yields where it listens and its management URL; stops it at the end."""
    config = folder / "collector.toml"
    config.write_text(COLLECTOR_TOML.format(folder=folder, **asdict(names)), "utf-8")
    log = (folder / "collector.log").open("wb")
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "collector", "run", "--config", str(config)],
        cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=log,
    )  # fmt: skip
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = process.stdout.readline()
        if not line:
            raise DemoError(_("the collector did not start: see {log}", log=log.name))
        bound = json.loads(line)
        hooks = bound.get("hooks") or bound["web"]
        yield (
            Collector(
                dns=_address(bound["dns"]), web=_address(bound["web"]), smtp=_address(bound["smtp"]),
                hooks=_address(hooks),
                public_url=names.public_url, auth_token=environment["TWILIO_AUTH_TOKEN"],
            ),
            "http://{}:{}".format(*_address(bound["manage"])),
        )  # fmt: skip
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        if process.stdout:
            process.stdout.close()
        log.close()


def _address(bound: list[str] | str) -> tuple[str, int]:
    text = bound if isinstance(bound, str) else bound[0]
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)

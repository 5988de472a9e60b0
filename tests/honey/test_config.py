"""The configuration: documented in full, and every mistake is one line that names its key."""

import re
import tomllib
from pathlib import Path

import pytest

from honey.config import ENVIRONMENT_VARIABLE, Config, find_config, load
from honey.errors import ConfigError
from honey.model.waybill import Role

SHIPPED = Path(__file__).parents[2] / "config" / "honey.toml"
HOST = '[host]\nurl = "sqlite:///w.db"\ntable = "waybill"\n[host.columns]\nwaybill_number = "no"\n'


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config" / "honey.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return load(path)


def test_the_shipped_file_loads_and_states_the_defaults(tmp_path: Path) -> None:
    shipped, bare = loaded(tmp_path, SHIPPED.read_text("utf-8")), loaded(tmp_path, "")
    assert shipped == bare
    assert shipped.host is None
    with pytest.raises(ConfigError, match="honey host inspect"):
        shipped.require_host()


def test_every_key_the_reader_knows_stands_documented_in_the_shipped_file(tmp_path: Path) -> None:
    text = SHIPPED.read_text("utf-8")
    uncommented = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text)
    document = tomllib.loads(uncommented)
    assert loaded(tmp_path, uncommented.replace('{ env = "COLLECTOR_TOKEN" }', "{}")).host
    for section, keys in document.items():
        with pytest.raises(ConfigError) as raised:
            loaded(tmp_path, f"[{section}]\nno_such_key = 1\n")
        known = str(raised.value).partition("known are ")[2].split(", ")
        assert set(known) == set(keys), section
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, "[no_such_section]\n")
    assert set(str(raised.value).partition("known are ")[2].split(", ")) == set(document)


BAD = {
    "no TOML": ("[host", "honey.toml"),
    "an unknown section": ("[hots]\n", "unknown key hots"),
    "an unknown key": ("[plan]\ndecoys = 3\n", "unknown key plan.decoys"),
    "a section that is none": ("plan = 3\n", "plan must be a section"),
    "a text for a number": ('[plan]\nepoch = "1"\n', "plan.epoch must be a int"),
    "a truth value for a number": ("[plan]\nepoch = true\n", "plan.epoch"),
    "a fraction for a count": ("[plan]\ndecoys_per_account = 1.5\n", "plan.decoys_per_account"),
    "no decoys": ("[plan]\ndecoys_per_account = 0\n", "plan.decoys_per_account = 0"),
    "too many decoys": ("[export]\ndecoys = 10001\n", "export.decoys = 10001"),
    "a threshold that names the likelier of two": ("[attribution]\nthreshold = 0.5\n", "attribution.threshold"),
    "a certain threshold": ("[attribution]\nthreshold = 1\n", "attribution.threshold"),
    "no number": ("[attribution]\nno_leak_prior = nan\n", "attribution.no_leak_prior"),
    "a negative prior": ("[attribution]\nunrecorded_prior = -0.1\n", "attribution.unrecorded_prior"),
    "priors that leave nothing": ("[attribution]\nno_leak_prior = 0.9995\n", "leave nothing for accounts"),
    "an unknown zone": ('[access]\ntime_zone = "Asia/Nowhere"\n', "access.time_zone"),
    "a zone that is a folder": ('[access]\ntime_zone = "Asia"\n', "access.time_zone"),
    "a zone outside": ('[access]\ntime_zone = "../../x"\n', "access.time_zone"),
    "no registry URL": ('[registry]\nurl = "registry"\n', "registry.url"),
    "a port that is none": ('[registry]\nurl = "postgresql://h:port/d"\n', "registry.url"),
    "no host URL": (HOST.replace("sqlite:///w.db", "w.db"), "host.url"),
    "no table": (HOST.replace('table = "waybill"\n', ""), "host.table is missing"),
    "no columns": (HOST.partition("[host.columns]")[0], "host.columns is missing"),
    "an unknown role": (HOST + 'recipient_shoe = "x"\n', "host.columns.recipient_shoe: unknown role"),
    "a column that is no name": (HOST + "goods = 7\n", "host.columns.goods must name a column"),
    "an empty column": (HOST + 'goods = ""\n', "host.columns.goods"),
    "a token in the open": ('[collector]\ntoken = "secret"\n', "collector.token must be"),
    "a token from nowhere": ('[collector]\ntoken = { vault = "x" }\n', "collector.token: write"),
    "a token from two places": ('[collector]\ntoken = { env = "A", file = "b" }\n', "collector.token: write"),
    "a token file that is missing": ('[collector]\ntoken = { file = "none" }\n', "collector.token: none: No such file"),
    "a collector without scheme": ('[collector]\nurl = "127.0.0.1:8053"\n', "collector.url"),
}


@pytest.mark.parametrize(("text", "reason"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_every_mistake_is_one_line_that_names_file_and_key(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    said = str(raised.value)
    assert reason in said
    assert "honey.toml" in said
    assert "\n" not in said


def test_a_missing_file_a_folder_and_a_huge_file_are_one_line_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run honey init"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError):
        load(tmp_path)
    with pytest.raises(ConfigError, match="larger than"):
        loaded(tmp_path, "#" * 1_000_001)
    (tmp_path / "config" / "honey.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError):
        load(tmp_path / "config" / "honey.toml")


def test_a_good_host_section_is_read_with_its_roles(tmp_path: Path) -> None:
    host = loaded(tmp_path, HOST + 'recipient_name = "receiver"\n').require_host()
    assert (host.table, host.columns) == ("waybill", {Role.WAYBILL_NUMBER: "no", Role.RECIPIENT_NAME: "receiver"})
    assert host.url == f"sqlite:///{tmp_path / 'w.db'}"


def test_paths_are_taken_from_the_workspace_wherever_the_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = loaded(tmp_path, '[registry]\nurl = "sqlite:///var/r.db"\n[keys]\nfolder = "k"\n')
    assert config.workspace == tmp_path
    assert config.registry_url == f"sqlite:///{tmp_path / 'var' / 'r.db'}"
    assert config.keys == tmp_path / "k"
    absolute = loaded(tmp_path, f'[registry]\nurl = "sqlite:///{tmp_path / "else.db"}"\n')
    assert absolute.registry_url == f"sqlite:///{tmp_path / 'else.db'}"


@pytest.mark.parametrize("source", ["env", "file"])
def test_a_token_comes_from_environment_or_file_and_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "s3cret-value")
    (tmp_path / "token").write_text("s3cret-value\n")
    named = {"env": "SOME_TOKEN", "file": "token"}[source]
    config = loaded(tmp_path, f'[collector]\nurl = "http://127.0.0.1:1"\ntoken = {{ {source} = "{named}" }}\n')
    assert config.collector.token == "s3cret-value"
    assert "s3cret-value" not in repr(config)


def test_passwords_in_database_urls_are_never_shown(tmp_path: Path) -> None:
    url = "postgresql://honey:s3cret@db.example/x"
    config = loaded(tmp_path, HOST.replace("sqlite:///w.db", url) + f'[registry]\nurl = "{url}"\n')
    assert "s3cret" in config.registry_url  # kept for use
    assert "s3cret" not in repr(config)
    for name, text in (("registry", f'[registry]\nurl = "{url.replace("://", ":")}"\n'),):
        with pytest.raises(ConfigError, match=f"{name}.url") as raised:
            loaded(tmp_path, text)
        assert "s3cret" not in str(raised.value)


def test_a_token_file_of_odd_bytes_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"collector\.token"):
        loaded(tmp_path, '[collector]\ntoken = { file = "token" }\n')


def test_the_option_goes_before_the_environment_and_that_before_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "from-environment.toml")
    assert find_config(Path("given.toml")) == Path("given.toml")
    assert find_config(None) == Path("from-environment.toml")
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    assert find_config(None) == Path("config/honey.toml")

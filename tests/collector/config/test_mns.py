"""[mns]: what is refused, and the addresses that are used when none are named."""

from collections.abc import Mapping

import pytest

from collector.config.file import parse_config
from collector.config.mns import MnsConfig
from collector.errors import ConfigError

QUEUE = "Alicom-Queue-1234567890-SecretReport"


def parse(changes: Mapping[str, object] | None = None) -> MnsConfig:
    section = {"queues": QUEUE, "access_key_id": "LTAI-1", "access_key_secret": {"env": "KEY"}, **(changes or {})}
    found = parse_config({"log": {"path": "hits.db"}, "mns": section}, {"KEY": "an operator's secret"}).mns
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"endpoint": "http://1.mns.cn-hangzhou.aliyuncs.com"}, "mns.endpoint: receipts and passes would cross"),
        ({"token_endpoint": "http://example.com"}, "mns.token_endpoint: receipts and passes would cross"),
        ({"endpoint": "https://a@example.com"}, "mns.endpoint must be an address without a path"),
        ({"endpoint": "https://example.com/queues"}, "mns.endpoint must be an address without a path"),
        ({"endpoint": "https://example.com:99999"}, "is no address"),
        ({"queues": []}, "mns.queues must not be empty"),
        ({"queues": "SecretReport"}, "names such as Alicom-Queue-1234567890-SecretReport"),
        ({"queues": "Alicom-Queue-1-SecretReport/../x"}, "names such as"),
        ({"queues": ["Alicom-Queue-1-SmsReport"]}, "no contact comes by a queue of SmsReport"),
        ({"queues": [QUEUE, QUEUE]}, "a queue stands twice"),
        ({"access_key_id": "a\r\nb"}, "mns.access_key_id: letters"),
        ({"access_key_secret": "plain"}, "not the secret itself"),
        ({"wait_seconds": 31}, "mns.wait_seconds must be a whole number from 1 to 30"),
        ({"region": "x"}, "mns.region is not known"),
    ],
)
def test_a_wrong_section_is_refused_with_the_mend(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse(changes)


def test_the_addresses_of_the_documents_are_the_defaults() -> None:
    found = parse()
    assert found.endpoint.authority == "1943695596114318.mns.cn-hangzhou.aliyuncs.com"
    assert found.token_endpoint.authority == "dybaseapi.aliyuncs.com"
    assert (found.endpoint.is_tls, found.token_endpoint.is_tls) == (True, True)
    assert "secret" not in repr(found).replace("access_key_secret", "")


def test_plain_http_is_taken_for_this_machine_alone() -> None:
    assert parse({"endpoint": "http://127.0.0.1:81"}).endpoint.authority == "127.0.0.1:81"
    assert parse({"endpoint": "http://[::1]:81/"}).endpoint.authority == "[::1]:81"

"""Mail: any message gives one contact for each recipient, never an error."""

from collections.abc import Mapping

from collector.listeners.mail import Envelope, contacts_of, is_ours, refused
from collector.listeners.mailsender import Lookup, dkim_of, spf_of
from fuzz import recordable

DOMAINS = ("mail.example.com",)
MAX_LINES = 4  # of the envelope


class _Nobody(Lookup):
    """A resolver that knows no name."""

    def __init__(self) -> None:
        """Need nothing."""

    def ask(self, name: str, kind: str) -> list[object]:
        """Return no records."""
        del name, kind
        return []


def check(data: bytes) -> None:
    """Take the first lines as envelope (greeting, sender, recipients), and all of it as the message."""
    lines = data[:2000].decode("utf-8", "surrogateescape").split("\n")[:MAX_LINES]
    helo, mail_from, *recipients = [*lines, "", ""]
    envelope = Envelope(mail_from, recipients, data, "192.0.2.25", "4242", helo)
    contacts = contacts_of(envelope)
    assert len(contacts) == len(set(recipients))
    recordable.require([*contacts, refused(envelope, mail_from, {"relay": "refused"})])
    for address in (mail_from, *recipients):
        assert not is_ours(address, DOMAINS) or address.lower().removesuffix(".").endswith(DOMAINS[0])
    for result in (spf_of(envelope, _Nobody()), dkim_of(data, _Nobody())):
        assert result


def seeds() -> Mapping[str, bytes]:
    """Return messages as people, machines and spammers write them."""
    encoded = "=?gb2312?B?1tDOxA==?= =?utf-8?q?=E5=BF=AB?="
    multipart = (
        "From: a@example.org\r\nTo: b@mail.example.com\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=gb2312\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\nPGI+1tDOxDwvYj4=\r\n--b\r\nContent-Type: text/plain; "
        "charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E5=BF=AB\r\n--b--\r\n"
    )
    report = (
        "From: MAILER-DAEMON@example.org\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n\n"
        "--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n"
        "Final-Recipient: rfc822; x@mail.example.com\n\n--r--\n"
    )
    signed = (
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s; h=from:to; l=3; t=1; x=2;\r\n"
        " bh=MTIz; b=NDU2\r\nFrom: a@example.org\r\n\r\nabc\r\n"
    )
    plain = (
        f"mx.example.org\na@example.org\nb@mail.example.com\nSubject: {encoded}\nAuto-Submitted: auto-replied (x)\n\nhi"
    )
    return {
        "plain": plain.encode(),
        "multipart": multipart.encode(),
        "report": report.encode(),
        "dkim": signed.encode(),
        "receipt": b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x\n\n--x--",
        "raw-8-bit": "Subject: 快递\n\n您好".encode("gb18030"),
        "charset": b"Content-Type: text/plain; charset*=utf-8'en'rot13\nContent-Transfer-Encoding: uu\n\nbegin 644 a\n",
    }

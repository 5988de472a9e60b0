"""A small SIP client written from RFC 3261, independent of the code under test."""

import socket
from itertools import count
from typing import Self

_numbers = count(1)


def request(
    method: str = "INVITE",
    uri: str = "sip:+8614012345678@pbx.example.net",
    *,
    call_id: str = "",
    branch: str = "",
    port: int = 5060,
    sender: str = "<sip:+12025550100@carrier.example.com>;tag=a1",
    to: str = "",
    extra: tuple[str, ...] = (),
    cseq: str = "",
    transport: str = "UDP",
    rport: str = ";rport",
    body: bytes = b"",
) -> bytes:
    """Write one request; ids that are not given are fresh."""
    number = next(_numbers)
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport} 127.0.0.1:{port};branch={branch or f'z9hG4bK{number}'}{rport}",
        f"From: {sender}",
        f"To: {to or f'<{uri}>'}",
        f"Call-ID: {call_id or f'call{number}@carrier.example.com'}",
        f"CSeq: {cseq or f'1 {method}'}",
        "Max-Forwards: 70",
        *extra,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status(answer: bytes) -> int:
    version, code, _ = answer.split(b"\r\n", 1)[0].split(b" ", 2)
    assert version == b"SIP/2.0"
    return int(code)


def header(answer: bytes, name: str) -> str:
    prefix = name.lower().encode() + b":"
    line = next(one for one in answer.split(b"\r\n") if one.lower().startswith(prefix))
    return line.partition(b":")[2].strip().decode()


class Phone:
    """A UDP or TCP endpoint; blocking, so use it from a thread or another process than the server's loop."""

    def __init__(self, port: int, transport: str = "udp", *, timeout: float = 20) -> None:
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.settimeout(timeout)
        self._socket.connect(("127.0.0.1", port))
        self._is_stream = kind == socket.SOCK_STREAM
        self._buffer = b""

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def send(self, message: bytes) -> None:
        self._socket.sendall(message)

    def receive(self) -> bytes:
        """Return one answer; on TCP its end is found by the empty line, for our answers have no body."""
        if not self._is_stream:
            return self._socket.recv(65_535)
        while b"\r\n\r\n" not in self._buffer:
            more = self._socket.recv(65_535)
            if not more:
                return b""
            self._buffer += more
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n"

    def ask(self, message: bytes) -> bytes:
        self.send(message)
        return self.receive()

    def until_final(self) -> tuple[list[int], bytes]:
        """Return the statuses up to the final answer, and that answer."""
        seen: list[int] = []
        while True:
            answer = self.receive()
            if not answer:
                raise AssertionError(f"the connection ended after {seen}")
            seen.append(status(answer))
            if seen[-1] >= 200:
                return seen, answer

    def acknowledge(self, invite: bytes, final: bytes) -> None:
        """Send the ACK of a final answer that is no 2xx: same branch, the answer's To."""
        lines = invite.split(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape").split("\r\n")
        kept = [line for line in lines[1:] if line.split(":")[0] in ("Via", "From", "Call-ID")]
        uri = lines[0].split(" ")[1]
        head = [f"ACK {uri} SIP/2.0", *kept, f"To: {header(final, 'To')}", "CSeq: 1 ACK", "Content-Length: 0"]
        self.send("\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n")

    def is_silent(self, seconds: float) -> bool:
        self._socket.settimeout(seconds)
        try:
            return not self.receive()
        except TimeoutError:
            return True

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

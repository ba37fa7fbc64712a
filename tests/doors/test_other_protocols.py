"""Programs that speak another protocol to the real door: nobody reads any of it."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

from tests.doors.people import arrive
from tests.processes import needs_nc

if TYPE_CHECKING:
    from tests.processes import Address, Processes

pytestmark = needs_nc
SENTENCE = "This door is for nc and telnet: it does not speak {}.\n"
BODY = b"/nick Mallory\r\nhello from a web page\r\n"
POST = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n"
    % len(BODY)
) + BODY
ZMTP = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL\n" + b'["hello",1,"secret"]\n'
COMING_AND_GOING = re.compile(r"\[(\S+)\]:\[\1\] ===> login!!|\S+ exit already!")


def ask(door: Address, *pieces: bytes) -> str:
    """Send bytes and return the whole answer, up to the end of the connection."""
    with socket.create_connection(door, timeout=30) as program:
        program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            program.sendall(piece)
        return b"".join(iter(lambda: program.recv(65536), b"")).decode()


def test_nothing_that_other_programs_send_is_said(processes: Processes) -> None:
    broker = processes.broker()
    ann = arrive(processes, "nc", broker.door)
    assert ask(broker.door, POST).endswith(SENTENCE.format("HTTP"))
    assert ask(broker.door, POST[:7], POST[7:]).endswith(SENTENCE.format("HTTP"))
    assert ask(broker.door, ZMTP).endswith(SENTENCE.format("ZMTP"))
    broker.read_log(re.compile(r"127\.0\.0\.1:\d+ speaks HTTP and was turned away"))
    ann.says("still here")
    *seen, last = ann.program.read_until(": still here\n").splitlines()
    assert last == f"{ann.id}: still here"
    assert [line for line in seen if not COMING_AND_GOING.fullmatch(line)] == []
    # Nor is it kept.
    (kept,) = arrive(processes, "nc", broker.door).history
    assert kept.endswith(f" {ann.id}: still here")

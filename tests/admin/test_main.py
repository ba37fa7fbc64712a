"""How ``chat-admin`` talks on its socket, with a broker that is played by the test."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, cast

import pytest

from admin.config import parse_settings
from admin.dialogue import Dialogue
from admin.main import _talk, main
from admin.requests import steps
from protocol.codec import batches, decode_peer_batch, encode
from protocol.errors import HubbubError
from protocol.limits import REPLY_MAX_BYTES
from protocol.messages import Alive, Answer, Ask, Refused, Welcome
from protocol.questions import BackedUp, Backup
from runtime.exits import EXIT_SIGNAL

if TYPE_CHECKING:
    from protocol.codec import Malformed
    from protocol.messages import BrokerMessage, PeerMessage
    from runtime.sockets import Socket


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


class Dealer:
    """A socket on which the broker says things at their times; to wait is to let time pass."""

    def __init__(self, clock: Clock, *said: tuple[float, BrokerMessage]) -> None:
        self.clock = clock
        self.said = list(said)
        self.sent: list[PeerMessage | Malformed] = []

    def poll(self, timeout: float) -> bool:
        due = self.said[0][0] if self.said else float("inf")
        self.clock.now = min(due, self.clock.now + timeout / 1000)
        return self.clock.now == due

    def recv(self) -> bytes:
        (body,) = batches([encode(self.said.pop(0)[1])], REPLY_MAX_BYTES)
        return body

    def send(self, body: bytes) -> None:
        self.sent += decode_peer_batch(body)


def test_a_copy_that_had_to_wait_for_another_takes_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr("admin.main.time", clock)
    welcome = Welcome(1, "id", "id", "admin", False, 0, "j", 1000, 15000, "pub", "lobby")
    busy = Refused(1, 0, 1, "busy", "", {"retry_after": 1000})
    alive = [(float(at), Alive("j")) for at in range(2, 9)]
    copied = Answer(1, 1, BackedUp("/copy", 1))
    dealer = Dealer(clock, (0.0, welcome), (0.5, busy), *alive, (9.0, copied))
    wanted = steps(parse_settings(["backup", "/copy"]), str, str)
    dialogue = Dialogue("0" * 32, wanted, lambda code, _: code)
    report = _talk(cast("Socket", dealer), dialogue, 2.0)
    assert report.data == {"path": "/copy", "size": 1}
    assert dealer.sent.count(Ask(1, 1, Backup("/copy"))) == 2


def test_a_command_that_cannot_be_done_now_is_given_up_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr("admin.main.time", clock)
    welcome = Welcome(1, "id", "id", "admin", False, 0, "j", 1000, 15000, "pub", "lobby")
    busy = Refused(1, 0, 1, "busy", "", {"retry_after": 500})
    dealer = Dealer(clock, (0.0, welcome), *((at / 2, busy) for at in range(1, 20)))
    wanted = steps(parse_settings(["backup", "/copy"]), str, str)
    with pytest.raises(HubbubError, match="busy"):
        _talk(cast("Socket", dealer), Dialogue("0" * 32, wanted, lambda code, _: code), 2.0)
    assert clock.now < 4.0


def test_an_interrupted_command_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("admin.main._look_for", interrupted)
    assert main(["kick", "duke"]) == EXIT_SIGNAL + signal.SIGINT

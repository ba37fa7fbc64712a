"""Every command is settled once or refused once, in order, and applied exactly once."""

from __future__ import annotations

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from client.outbox import IN_FLIGHT, Outbox, Pending
from protocol.commands import Command, Quit, Rename, Say
from protocol.errors import Code, Fields

GOOD = Say("lobby", "x")
BAD = Say("lobby", "")
WAIT = {"retry_after": 1000}


def filled(*commands: Command) -> Outbox:
    outbox = Outbox()
    for serial, command in enumerate(commands, 1):
        outbox.add(Pending(serial, command))
    return outbox


def sent(outbox: Outbox, now: float = 0.0) -> list[int]:
    return [n for n, _ in outbox.ready(now)]


def serials(pending: list[Pending]) -> list[int]:
    return [p.serial for p in pending]


def test_commands_are_numbered_and_sent_once() -> None:
    outbox = filled(GOOD, GOOD)
    assert sent(outbox) == [1, 2]
    assert sent(outbox) == []
    assert not outbox.has_unsent
    outbox.add(Pending(3, GOOD))
    assert sent(outbox) == [3]
    assert serials(outbox.acknowledged(2)) == [1, 2]
    assert serials(outbox.acknowledged(2)) == []
    assert serials(outbox.acknowledged(1)) == []
    assert (outbox.applied, len(outbox)) == (2, 1)


def test_a_new_connection_sends_the_rest_again() -> None:
    outbox = filled(GOOD, GOOD, GOOD)
    sent(outbox)
    assert serials(outbox.resumed(2)) == [1, 2]
    assert sent(outbox) == [3]


def test_fresh_numbers_settle_nothing() -> None:
    outbox = filled(GOOD, GOOD, GOOD)
    sent(outbox)
    outbox.acknowledged(2)
    assert outbox.resumed(0) == []
    assert sent(outbox) == [1]


def test_a_session_of_an_earlier_process_goes_on_and_settles_nothing() -> None:
    outbox = filled(GOOD)
    outbox.started(41)
    assert sent(outbox) == [42]
    assert serials(outbox.acknowledged(42)) == [1]


def test_a_drop_renumbers_what_follows_and_echoes_are_passed_over() -> None:
    outbox = filled(BAD, GOOD, GOOD)
    sent(outbox)
    dropped = outbox.refused(1, {}, 0.0)
    assert dropped is not None
    assert dropped.serial == 1
    assert sent(outbox) == [1, 2]
    assert outbox.is_echo(1)
    assert outbox.acknowledged(1)
    assert not outbox.is_echo(1)


def test_a_delay_drops_nothing() -> None:
    outbox = filled(GOOD, GOOD)
    sent(outbox)
    assert outbox.refused(1, WAIT, 10.0) is None
    assert outbox.refused(2, WAIT, 10.0) is None
    assert outbox.waiting_until() == 11.0
    assert sent(outbox, 10.9) == []
    assert sent(outbox, 11.0) == [1, 2]


def test_a_command_that_is_refused_after_a_delay_leaves_no_delay_behind() -> None:
    outbox = filled(BAD, GOOD)
    sent(outbox)
    outbox.refused(1, WAIT, 10.0)
    sent(outbox, 11.0)
    assert outbox.refused(1, {}, 11.0) is not None
    assert outbox.waiting_until() is None
    assert sent(outbox, 11.0) == [1]


def test_a_new_connection_waits_no_more() -> None:
    outbox = filled(GOOD)
    outbox.started(5)
    sent(outbox)
    outbox.refused(6, WAIT, 10.0)
    assert outbox.resumed(0) == []
    assert sent(outbox, 10.0) == [1]


def test_a_bounded_number_is_in_flight() -> None:
    outbox = filled(*[GOOD] * (IN_FLIGHT + 10))
    assert len(sent(outbox)) == IN_FLIGHT
    assert sent(outbox) == []
    outbox.acknowledged(5)
    assert sent(outbox) == list(range(IN_FLIGHT + 1, IN_FLIGHT + 6))


class Outboxes(RuleBasedStateMachine):
    """One outbox and a model broker, joined by queues that a reconnect empties."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.now = 0.0
        self.serial = 0
        self.bad: set[int] = set()
        self.done: list[int] = []
        self.refused: list[int] = []
        self.up: deque[tuple[int, Command]] = deque()
        self.down: deque[tuple[str, int, Fields]] = deque()
        self.applied: list[int] = []  # serials, by number
        self.base = 0
        self.writable = True

    @rule(bad=st.sampled_from([False, False, True]), count=st.integers(1, 5))
    def submit(self, bad: bool, count: int) -> None:
        for _ in range(count):
            self.serial += 1
            if bad:
                self.bad.add(self.serial)
            self.outbox.add(Pending(self.serial, Rename(str(self.serial))))

    @rule()
    def flush(self) -> None:
        self.up += self.outbox.ready(self.now)

    @rule()
    def time_passes(self) -> None:
        self.now += 0.7

    @rule()
    def the_disk_fills_or_empties(self) -> None:
        self.writable = not self.writable

    @rule(count=st.integers(1, 8))
    def a_turn(self, count: int) -> None:
        """Answer in order, with one acknowledgement before the refusals that follow it."""
        acknowledged = None
        for _ in range(min(count, len(self.up))):
            n, command = self.up.popleft()
            assert isinstance(command, Rename)
            serial = int(command.name)
            expected = self.base + len(self.applied) + 1
            if n >= expected and n != expected:
                self.down.append((Code.NUMBER_EXPECTED, n, {"expected": expected}))
            elif n >= expected and not self.writable:
                self.down.append((Code.JOURNAL_UNAVAILABLE, n, {"retry_after": 1000}))
            elif n >= expected and serial in self.bad:
                self.down.append((Code.NAME_TAKEN, n, {}))
            else:
                if n == expected:
                    self.applied.append(serial)
                if acknowledged is None:
                    acknowledged = len(self.down)
                    self.down.append(("ack", 0, {}))
                self.down[acknowledged] = ("ack", self.base + len(self.applied), {})

    @rule(count=st.integers(1, 3))
    def a_failed_turn(self, count: int) -> None:
        """All is refused with the number it came with."""
        for _ in range(min(count, len(self.up))):
            n, _ = self.up.popleft()
            self.down.append((Code.JOURNAL_UNAVAILABLE, n, {"retry_after": 1000}))

    @rule(count=st.integers(1, 8))
    def answers_arrive(self, count: int) -> None:
        for _ in range(min(count, len(self.down))):
            code, n, fields = self.down.popleft()
            if code == "ack":
                self.done += serials(self.outbox.acknowledged(n))
            elif code == Code.NUMBER_EXPECTED:
                assert self.outbox.is_echo(int(fields["expected"]))
            elif (dropped := self.outbox.refused(n, fields, self.now)) is not None:
                self.refused.append(dropped.serial)

    @rule(lose=st.booleans())
    def reconnect(self, lose: bool) -> None:
        if not lose:  # what was on its way is handled, and the answers are lost
            self.a_turn(len(self.up))
        self.up.clear()
        self.down.clear()
        self.done += serials(self.outbox.resumed(self.base + len(self.applied)))

    @invariant()
    def every_one_once_and_in_order(self) -> None:
        assert self.done == self.applied[: len(self.done)]
        assert self.applied == sorted(set(self.applied))
        assert self.refused == sorted(set(self.refused))
        assert not set(self.applied) & set(self.refused)
        assert set(self.refused) <= self.bad

    def teardown(self) -> None:
        """With a disk that works and no more faults, all comes to an end by itself."""
        self.writable = True
        for _ in range(2 * self.serial + 10):
            if not len(self.outbox) and not self.up and not self.down:
                break
            self.now += 2
            self.flush()
            self.a_turn(len(self.up))
            self.answers_arrive(len(self.down))
        assert self.done == self.applied
        assert sorted(self.done + self.refused) == list(range(1, self.serial + 1))


TestOutboxes = Outboxes.TestCase
TestOutboxes.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True
)


def test_a_quit_is_a_command_like_others() -> None:
    outbox = filled(GOOD, Quit())
    assert [type(c) for _, c in outbox.ready(0.0)] == [Say, Quit]

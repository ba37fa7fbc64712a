"""Deliberate mistakes: each must be caught by the simulation, or the simulation proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from broker import answers, commands, decide, presence
from broker.presence import Presence
from broker.state import State
from client import feed
from client.commands import Commands
from client.feed import Delivery, RoomFeed
from client.lifecycle import Lifecycle
from client.outbox import Outbox
from client.rooms import Rooms
from gateway.view import RoomView
from protocol.codec import embed
from protocol.errors import JournalError
from protocol.events import Left, Said
from tests.simulation import broker_node

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from broker.core import Core

    Patch = pytest.MonkeyPatch


def skip_the_commit(patch: Patch) -> None:
    """Publish and acknowledge what never reached the disk."""

    def finish(subject: Core, disk: Any) -> tuple[Any, None]:
        disk.ledger.follow([stored.entry for stored in subject.turn.entries])
        return subject.committed(disk), None

    patch.setattr(broker_node, "finish_turn", finish)


def ignore_a_failed_commit(patch: Patch) -> None:
    """Publish and acknowledge although the disk refused."""

    def finish(subject: Core, disk: Any) -> tuple[Any, None]:
        try:
            disk.commit(subject.turn.entries)
        except JournalError:
            subject.turn.entries.clear()
        return subject.committed(disk), None

    patch.setattr(broker_node, "finish_turn", finish)


def forget_the_number(patch: Patch) -> None:
    """Do not remember which command was applied."""
    real = State.apply

    def apply(self: State, entry: Any) -> None:
        before = {s.id: s.applied for s in self.sessions.values()}
        real(self, entry)
        if isinstance(getattr(entry, "event", None), Said):
            for session in self.sessions.values():
                session.applied = before[session.id]

    patch.setattr(State, "apply", apply)


def apply_repeats(patch: Patch) -> None:
    """Carry out a command again when it is sent again."""
    real = commands.Commands.do

    def do(self: Any, connection: Any, message: Any) -> None:
        sessions = self._desk.state.sessions
        session = sessions.get(connection.sessions.get(message.session, ""))
        if session is not None and message.n <= session.applied:
            session.applied = message.n - 1
        real(self, connection, message)

    patch.setattr(commands.Commands, "do", do)


def accept_holes(patch: Patch) -> None:
    """Apply a command although one before it is missing."""

    def carry_out(self: Any, session: Any, n: int, command: Any, **_: Any) -> Any:
        desk = self._desk
        entries = decide.decide(desk.deciding(session, n), command, desk.addresses.of)
        desk.apply(entries)
        return entries

    patch.setattr(commands.Commands, "carry_out", carry_out)


def ignore_heads(patch: Patch) -> None:
    """Do not look at the heads that the broker states."""
    patch.setattr(RoomFeed, "saw_head", lambda *_: None)


def ignore_heads_of_heartbeats(patch: Patch) -> None:
    """Do not look at the heads in heartbeat answers."""
    patch.setattr(Rooms, "beat", lambda *_: False)


def deliver_past_holes(patch: Patch) -> None:
    """Deliver what comes, hole or not."""

    def receive(self: RoomFeed, events: Any, ask_at: float) -> Delivery:
        self.next = events[-1].number + 1
        return Delivery(events)

    patch.setattr(RoomFeed, "receive", receive)


def deliver_repeats(patch: Patch) -> None:
    """Deliver all of a batch of which a part was delivered before."""
    real = RoomFeed.page

    def page(self: RoomFeed, events: Any, oldest: int, head: int, ask_at: float) -> Delivery:
        delivery = real(self, events, oldest, head, ask_at)
        return Delivery(tuple(events), delivery.gone) if events else delivery

    patch.setattr(RoomFeed, "page", page)


def never_ask_for_pages(patch: Patch) -> None:
    """See the hole, and do nothing."""
    patch.setattr(RoomFeed, "ask", lambda *_: None)
    patch.setattr(RoomFeed, "ask_at", None)  # or the link would be woken for it without end


def never_ask_again(patch: Patch) -> None:
    """Trust that every page is answered."""
    patch.setattr(Rooms, "reconnected", lambda *_: None)
    patch.setattr(feed, "ANSWER_WITHIN_S", 1e9)


def lose_what_was_sent(patch: Patch) -> None:
    """After a reconnect, do not send again what was not acknowledged."""

    def resumed(self: Outbox, applied: int) -> Any:
        return self.acknowledged(applied)

    patch.setattr(Outbox, "resumed", resumed)


def settle_what_was_never_sent(patch: Patch) -> None:
    """Take the numbers of an earlier process for one's own."""
    patch.setattr(Outbox, "started", Outbox.resumed)


def forget_refusals(patch: Patch) -> None:
    """Drop what should have been sent again later."""
    real = Outbox.refused

    def refused(self: Outbox, n: int, fields: Any, now: float) -> Any:
        return real(self, n, {k: v for k, v in fields.items() if k != "retry_after"}, now)

    patch.setattr(Outbox, "refused", refused)


def believe_echoes(patch: Patch) -> None:
    """Take each refusal of what followed a refused command for one of its own."""

    def refused(self: Outbox, n: int, fields: Any, now: float) -> Any:
        return self._queue.popleft() if self._queue else None

    def all_refused(self: Commands, session: Any, message: Any, now: float) -> Any:
        message = msgspec.structs.replace(message, code="echo")
        return real(self, session, message, now)

    real = Commands.refused
    patch.setattr(Outbox, "refused", refused)
    patch.setattr(Commands, "refused", all_refused)


def no_grace(patch: Patch) -> None:
    """Let a lost session's numbers be forgotten."""
    real = State._apply_closed

    def closed(self: State, entry: Any) -> None:
        real(self, entry)
        self.ended.clear()

    patch.setattr(State, "_apply_closed", closed)


def let_the_late_win(patch: Patch) -> None:
    """Let a hello that comes late on an old connection take the session."""
    patch.setattr(presence.Connection, "is_older_than", lambda *_: False)


def never_time_out(patch: Patch) -> None:
    """Keep dead connections for ever."""
    patch.setattr(Presence, "silent", lambda *_: [])
    patch.setattr(Presence, "next_deadline", lambda *_, **__: None)


def never_give_up(patch: Patch) -> None:
    """Wait for a silent broker for ever."""
    patch.setattr("client.connection.Connection.given_up", lambda *_: False)


def stay_out(patch: Patch) -> None:
    """Do not enter the rooms again from which one was lost."""
    real = Lifecycle.welcome

    def welcome(self: Lifecycle, session: Any, message: Any, now: float) -> None:
        if not message.resumed:
            session.rooms.clear()
        real(self, session, message, now)

    patch.setattr(Lifecycle, "welcome", welcome)


def show_everything(patch: Patch) -> None:
    """Deliver a batch to each person twice when it reads differently to one of them."""
    real = RoomView.deliver

    def deliver(self: RoomView, events: Any, person_of: Any) -> Any:
        for person, data in real(self, events, person_of):
            yield person, data
            if any(isinstance(event, Left) for event in events):
                yield person, data

    patch.setattr(RoomView, "deliver", deliver)


def start_late(patch: Patch) -> None:
    """Show a person only what comes after the answer to the join."""
    patch.setattr(RoomView, "enter", _enter_without_the_past)


def _enter_without_the_past(self: RoomView, person: Any) -> bytes:
    self.members[person.key] = person
    return b""


def publish_backwards(patch: Patch) -> None:
    """Publish the events of a turn in another order than they are stored."""
    patch.setattr(answers, "embed", lambda encoded: embed(reversed(list(encoded))))


MUTATIONS: Final[tuple[Callable[[Patch], None], ...]] = (
    skip_the_commit,
    ignore_a_failed_commit,
    forget_the_number,
    apply_repeats,
    accept_holes,
    ignore_heads,
    ignore_heads_of_heartbeats,
    deliver_past_holes,
    deliver_repeats,
    never_ask_for_pages,
    never_ask_again,
    lose_what_was_sent,
    settle_what_was_never_sent,
    forget_refusals,
    believe_echoes,
    no_grace,
    let_the_late_win,
    never_time_out,
    never_give_up,
    stay_out,
    show_everything,
    start_late,
    publish_backwards,
)

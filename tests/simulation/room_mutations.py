"""Deliberate mistakes about rooms, what is private, what is changed, and who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from broker import (
    answers,
    audience,
    barred,
    decide,
    decide_people,
    decide_rooms,
    decide_words,
    lists,
    moderation,
    person,
    questions,
    state,
)
from broker.core import Core
from broker.desk import Desk
from broker.finding import room_of
from broker.records import Made, RoomEntry
from broker.room import Ban, Room
from broker.search_index import SearchIndex
from broker.sqlite_journal_rewrite import _Rewriter
from broker.state import State
from broker.turn import Turn
from gateway.deliveries import Deliveries
from gateway.person import Person
from gateway.view import RoomView
from protocol.commands import Join
from protocol.errors import Code, Refusal
from protocol.events import Deleted

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Patch = pytest.MonkeyPatch


# ---- what is private


def publish_what_is_private(patch: Patch) -> None:
    """Tell everybody who listens what happens in private rooms, too."""
    real = Turn.whisper

    def whisper(self: Turn, room: str, encoded: bytes, peers: Any) -> None:
        real(self, room, encoded, peers)
        self.publish(room, encoded)

    patch.setattr(Turn, "whisper", whisper)


def publish_private_heads(patch: Patch) -> None:
    """Tell everybody who listens that a private room goes on."""
    real = Turn.whisper

    def whisper(self: Turn, room: str, encoded: bytes, peers: Any) -> None:
        real(self, room, encoded, peers)
        self.topics.add(room)

    patch.setattr(Turn, "whisper", whisper)


def whisper_to_everybody(patch: Patch) -> None:
    """Send what happens in private rooms to every connection."""

    def hearers(self: Desk, name: str) -> Any:
        return frozenset(self.presence.connections)

    patch.setattr(Desk, "_hearers", hearers)


def whisper_to_who_left(patch: Patch) -> None:
    """Do not notice that somebody left a private room."""
    patch.setattr(audience.Audience, "changed", lambda *_: None)


def read_below_the_first_join(patch: Patch) -> None:
    """Give whoever is inside the whole past of a private room."""
    real = answers.Answers._read

    def read(self: Any, asked: Any) -> Any:
        return real(self, asked._replace(first=1))

    patch.setattr(answers.Answers, "_read", read)


def begin_with_the_past(patch: Patch) -> None:
    """Show whoever enters a private room what was said there before they first came."""
    patch.setattr(Room, "first_for", lambda *_: 1)


def find_everywhere(patch: Patch) -> None:
    """Search in rooms that one is not in."""

    def readable(desk: Desk, session: Any) -> Any:
        return dict.fromkeys(desk.state.rooms, 1)

    patch.setattr(questions, "_readable", readable)
    patch.setattr(answers.Answers, "_is_out", lambda *_: False)


def list_private_rooms(patch: Patch) -> None:
    """List private rooms to everybody."""
    patch.setattr(lists, "rooms", lists.every_room)


def betray_private_rooms(patch: Patch) -> None:
    """Tell who guesses the name of a private room that there is one."""

    def find(state: State, session: Any, name: str) -> Any:
        if name in state.rooms and name not in session.rooms:
            raise Refusal(Code.NOT_IN_ROOM, room=name)
        return room_of(state, session, name)

    patch.setattr(questions, "room_of", find)


def let_anybody_in(patch: Patch) -> None:
    """Let people enter private rooms uninvited."""
    patch.setattr(Room, "admits", lambda *_: True)


def forget_talks_of_the_lost(patch: Patch) -> None:
    """Take who is lost out of their conversations without a word."""
    real = person.ended_with

    def ended_with(*arguments: Any) -> Any:
        return msgspec.structs.replace(real(*arguments), rooms={})

    patch.setattr(state, "ended_with", ended_with)


# ---- what is changed


def keep_the_edit_of_a_deleted_message(patch: Patch) -> None:
    """Leave the text in the event that changed the message before."""
    patch.setattr(_Rewriter, "_blank_earlier", lambda *_: None)


def keep_the_deleted_message(patch: Patch) -> None:
    """Leave the text in the message."""
    patch.setattr(_Rewriter, "_change_target", lambda *_: None)


def find_what_was_deleted(patch: Patch) -> None:
    """Search without regard to what was deleted."""
    real = SearchIndex._change

    def change(self: SearchIndex, change: Any, times: Any) -> None:
        if not isinstance(change.event, Deleted):
            real(self, change, times)

    patch.setattr(SearchIndex, "_change", change)
    patch.setattr(answers, "_is_there", lambda _: True)


def change_messages_of_others(patch: Patch) -> None:
    """Take whatever was said last for one's own."""

    def last_said(room: Room, person: str, wanted: int) -> int:
        return next(reversed(room.last_said.values()), 1)

    patch.setattr(decide_words, "_last_said", last_said)


# ---- rooms that come again


def number_anew(patch: Patch) -> None:
    """Let the numbers of a room that is made again begin with 1."""
    real = decide_rooms.join

    def join(deciding: Any, command: Any) -> Any:
        entries: list[Any] = list(real(deciding, command))
        if isinstance(entries[0], Made):
            last = entries[-1]
            again = msgspec.structs.replace(last.event, number=1)
            entries[-1] = RoomEntry(last.room, again)
        return entries

    patch.setitem(decide._DECIDED, Join, join)


def change_the_kind(patch: Patch) -> None:
    """Make a room again as whoever makes it wants it."""
    patch.setattr(Room, "is_without_owner", property(lambda room: not room.members))


def forget_in_snapshots(patch: Patch) -> None:
    """Do not store who is banned everywhere, and who moderates."""
    real = State.snapshot

    def snapshot(self: State) -> Any:
        return msgspec.structs.replace(real(self), operators=[], bans={})

    patch.setattr(State, "snapshot", snapshot)


# ---- what operators do


def let_the_silenced_speak(patch: Patch) -> None:
    """Take what banned and muted people say."""
    patch.setattr(decide_words, "may_speak", lambda *_: None)


def let_the_muted_be_heard(patch: Patch) -> None:
    """Let muted people take names, and say why they are away."""
    patch.setattr(decide_people, "may_be_heard", lambda *_: None)


def let_the_banned_in(patch: Patch) -> None:
    """Let people enter rooms from which they are banned."""
    patch.setattr(decide_rooms, "may_enter", lambda *_: None)


def end_bans_at_once(patch: Patch) -> None:
    """Take every ban that has an end for ended."""
    patch.setattr(Ban, "holds", lambda ban, _: not ban.until)


def never_end_bans(patch: Patch) -> None:
    """Do not look at the end of a ban."""
    patch.setattr(Ban, "holds", lambda *_: True)


def let_who_was_put_out_back(patch: Patch) -> None:
    """Let whoever was put out of a private room, or left it, enter it again uninvited."""
    patch.setattr(Room, "shut_out", lambda *_: None)


def kick_nobody(patch: Patch) -> None:
    """Say that somebody was put out, and leave it at that."""
    patch.setattr(moderation._Acting, "_put_out", lambda *_: None)


def let_anybody_operate(patch: Patch) -> None:
    """Do not ask who may act in a room."""

    def place_of_act(deciding: Any, name: str) -> Any:
        return deciding.state.rooms.get(name)

    patch.setattr(moderation, "place_of_act", place_of_act)


def ignore_slow_mode(patch: Patch) -> None:
    """Let everybody speak as often as they like."""
    patch.setattr(barred, "_keep_slow", lambda *_: None)


def leave_the_kicked_in_the_dark(patch: Patch) -> None:
    """Let who was put out of a public room learn it from the broadcast, or never."""
    real = Core._beat

    def beat(self: Core, connection: Any) -> None:
        connection.told = {room: head for room, head in connection.told.items() if head}
        real(self, connection)

    patch.setattr(Core, "_beat", beat)


# ---- the door


def show_rooms_to_who_left(patch: Patch) -> None:
    """Write lines of a room to people who are in it no more."""
    patch.setattr(RoomView, "leave", lambda *_: None)


def show_rooms_from_the_beginning(patch: Patch) -> None:
    """Write lines of a room that were said before somebody came."""
    real = Person.enter

    def enter(self: Person, room: str, start: int) -> None:
        real(self, room, 0)

    patch.setattr(Person, "enter", enter)


def forget_labels(patch: Patch) -> None:
    """Write lines of other rooms as if they were of the room in focus."""
    patch.setattr(RoomView, "_placed", lambda _self, _person, text, **_: text)


def forget_who_came_again(patch: Patch) -> None:
    """Take an exit that is shown late for the last word."""
    real = Deliveries._left

    def left(self: Deliveries, who: Person, *rest: Any) -> None:
        who.again.clear()
        real(self, who, *rest)

    patch.setattr(Deliveries, "_left", left)


ROOM_MUTATIONS: Final[tuple[Callable[[Patch], None], ...]] = (
    publish_what_is_private,
    publish_private_heads,
    whisper_to_everybody,
    whisper_to_who_left,
    read_below_the_first_join,
    begin_with_the_past,
    find_everywhere,
    list_private_rooms,
    betray_private_rooms,
    let_anybody_in,
    forget_talks_of_the_lost,
    keep_the_edit_of_a_deleted_message,
    keep_the_deleted_message,
    find_what_was_deleted,
    change_messages_of_others,
    number_anew,
    change_the_kind,
    forget_in_snapshots,
    let_the_silenced_speak,
    let_the_muted_be_heard,
    let_the_banned_in,
    end_bans_at_once,
    never_end_bans,
    let_who_was_put_out_back,
    kick_nobody,
    let_anybody_operate,
    ignore_slow_mode,
    leave_the_kicked_in_the_dark,
    show_rooms_to_who_left,
    show_rooms_from_the_beginning,
    forget_labels,
    forget_who_came_again,
)

"""The rooms of somebody in line mode: which is in focus, what is written of each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.line_presenter import Place
from client.line_room import LineRoom
from client.notices import OF_THE_SESSION
from protocol import room_names
from protocol.errors import Code
from protocol.events import Said
from protocol.names import compared
from protocol.phrases import Phrase
from protocol.questions import Kind
from protocol.slash import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from client.line_output import LineOutput
    from client.line_presenter import JsonValue
    from client.link import Link
    from client.notices import RoomEntered, RoomEvents, RoomLeft
    from protocol.events import AnyEvent
    from protocol.messages import Events, Ignored, RoomHead


class LineRooms:
    """All rooms that one is in.

    Args:
        output: where everything is written.
        on_own: called with each event that one caused oneself, when it is written.

    Attributes:
        own: one's public id.
        lobby: the room through which people come in.
        focus: the room in which lines are said; empty for none. One need not be in it: what is
            meant for a room goes nowhere else, and is refused.
        ignored: whose words are hidden, by id, with their names.
        reply_to: the id of who spoke to one in private last.
    """

    def __init__(self, output: LineOutput, on_own: Callable[[AnyEvent], None]) -> None:
        self.own = self.lobby = self.focus = self.reply_to = ""
        self.ignored: dict[str, str] = {}
        self._output = output
        self._on_own = on_own
        self._rooms: dict[str, LineRoom] = {}
        output.write_pending = self.write

    def __contains__(self, room: object) -> bool:
        """Return whether one is in the room."""
        return room in self._rooms

    def __len__(self) -> int:
        """Return how many rooms one is in."""
        return len(self._rooms)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the rooms that one is in."""
        return iter(self._rooms)

    def place(self, room: str) -> Place:
        """Return what is known of a room."""
        known = self._rooms.get(room)
        return known.place if known else Place(room, self.own)

    # ---- coming and going

    def resume(self, head: RoomHead) -> None:
        """An earlier client was in this room until it crashed."""
        room = self._add(head.room, head.kind, head.subject)
        room.place.other, room.place.other_name = head.other, head.other_name
        room.resume(head.first, head.head)

    def entered(self, notice: RoomEntered, *, arriving: bool) -> None:
        """One is in a room; ``arriving`` in the first, which people know."""
        room = self._rooms.get(notice.room)
        is_new = room is None
        if room is None:
            room = self._add(notice.room, notice.kind, notice.subject)
            room.open(notice.number)
        place = room.place
        if notice.other:
            place.other, place.other_name = notice.other, notice.other_name
        if notice.entered:
            place.subject = notice.subject
        if not room.is_told:
            room.is_told = True
            self._tell_entered(notice, arriving=arriving)
            if is_new and notice.entered:
                recent = room.readable(notice.entered.recent)
                self._output.write(self._output.presenter.history(place, recent))

    def left(self, notice: RoomLeft, *, wanted: bool) -> None:
        """One is out of a room, but stays; ``wanted``, as one asked for it."""
        room = self._rooms.pop(notice.room, None)
        if room is not None:
            room.leave()
        if notice.code:
            self._output.refuse(0, notice.code, notice.fields)
        if room is None or notice.reason in OF_THE_SESSION:
            return
        fields = {name: getattr(notice, name) for name in ("room", "reason", "by", "why")}
        if room.place.is_talk:
            self._output.notice("exited", **fields)
        else:
            shown = room_names.shown(notice.room)
            self._output.news("exited", fields, Phrase.ROOM_LOST, room=shown)
        if self.focus != notice.room:
            return
        # The broker itself takes people who are in very many conversations out of one.
        if wanted:
            self._fall_back()
        else:
            self._tell_unfocused()

    def set_focus(self, room: str) -> None:
        """Lines are said in ``room`` from now on; without a word."""
        for known in self._rooms.values():
            known.place.is_focus = known.place.room == room
        self.focus = room

    def focus_on(self, wanted: str, *, is_room: bool, is_followed: bool) -> None:
        """Bring a room into focus, or the conversation with the person of that name.

        Args:
            wanted: the room, or the person's name.
            is_room: whether no person is meant.
            is_followed: whether lines follow that are meant for it, even if one is not there.

        Raises:
            CommandError: one is not there.
        """
        talk = "" if is_room or wanted in self._rooms else self._talk_with(wanted)
        if wanted in self._rooms or talk:
            self.set_focus(talk or wanted)
            self._tell_focus()
            return
        if is_followed:
            self.set_focus(wanted)
        if is_room:
            raise CommandError(Code.NOT_IN_ROOM, room=wanted)
        raise CommandError(Phrase.NO_TALK, name=wanted)

    def tell_if_public(self, room: str, *, is_followed: bool) -> None:
        """One wanted a private room: if this one is public, what follows is said nowhere."""
        if self.place(room).kind is not Kind.PUBLIC:
            return
        self._output.news("", {}, Phrase.ROOM_IS_PUBLIC, room=room_names.shown(room))
        if is_followed:
            self.set_focus("")
            self._tell_unfocused()

    def ignore(self, ignored: Sequence[Ignored]) -> None:
        """These are the people whose words are hidden."""
        self.ignored.clear()
        self.ignored.update((who.id, who.name) for who in ignored)

    def change_ignored(self, ignored: Sequence[Ignored]) -> None:
        """Whose words are hidden changed, as one wanted: say how."""
        before = dict(self.ignored)
        self.ignore(ignored)
        people = [{"id": who, "name": name} for who, name in self.ignored.items()]
        self._output.notice("ignored", people=people)
        for changed, other, phrase in (
            (self.ignored, before, Phrase.IGNORED_NOW),
            (before, self.ignored, Phrase.IGNORED_NO_MORE),
        ):
            for who, name in changed.items():
                if who not in other:
                    self._output.news("", {}, phrase, name=name)

    def not_entered(self, room: str, code: str, *, is_followed: bool) -> None:
        """A room was not entered; ``is_followed`` if lines follow that are meant for it."""
        if (code == Code.ALREADY_IN_ROOM and room in self._rooms) or is_followed:
            self.set_focus(room)

    # ---- what happens in them

    def receive(self, delivery: RoomEvents) -> None:
        """Take a delivery of the link."""
        room = self._rooms.get(delivery.room)
        if room is not None:
            if not self._output.is_full:
                self.write()  # what came in other rooms came before
            room.receive(delivery.events, delivery.gone)

    def renumbered(self) -> None:
        """The broker has another journal."""
        for room in self._rooms.values():
            room.renumbered()

    def close(self) -> None:
        """Nobody reads any more."""
        for room in self._rooms.values():
            room.close()

    @property
    def has_output(self) -> bool:
        """Whether :meth:`write` has something to do."""
        return any(room.has_output for room in self._rooms.values())

    def write(self) -> None:
        """Write what comes next."""
        for room in self._rooms.values():
            room.write()

    def catch_up(self, link: Link, session: int, now: float) -> None:
        """Ask for what did not fit, once there is space again."""
        for room in self._rooms.values():
            room.catch_up(link, session, now)

    def answered(self, request: int, page: Events) -> None:
        """The answer to a question of :meth:`catch_up`, or to another one."""
        for room in self._rooms.values():
            room.answered(request, page)

    def question_refused(self, request: int, fields: Mapping[str, int | str], now: float) -> None:
        """A question of :meth:`catch_up` was refused, or another one."""
        for room in self._rooms.values():
            room.question_refused(request, fields, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`catch_up` has something to do, or None."""
        times = [room.next_deadline() for room in self._rooms.values()]
        return min((time for time in times if time is not None), default=None)

    # ---- inside

    def _add(self, name: str, kind: Kind, subject: str) -> LineRoom:
        place = Place(
            name,
            self.own,
            is_lobby=name == self.lobby,
            is_focus=name == self.focus,
            kind=kind,
            subject=subject,
        )
        room = self._rooms[name] = LineRoom(place, self._output, self.ignored, self._shown)
        return room

    def _shown(self, place: Place, event: AnyEvent) -> None:
        if event.author == self.own:
            self._on_own(event)
        elif place.is_talk and isinstance(event, Said):
            self.reply_to = event.author

    def _talk_with(self, name: str) -> str:
        """Return the last conversation with who is called so, as names are compared; or nothing."""
        places = (room.place for room in reversed(self._rooms.values()))
        talks = (p.room for p in places if p.is_talk and compared(p.other_name) == name)
        return next(talks, "")

    def _fall_back(self) -> None:
        self.set_focus(self._last_room())
        if self.focus:
            self._tell_focus()
        else:
            self._output.news("focus", {"room": ""}, Phrase.ROOMLESS)

    def _tell_unfocused(self) -> None:
        """What is said next is meant for a place where one is not, and is refused."""
        fields = {"room": ""}
        if last := self._last_room():
            shown = room_names.shown(last)
            self._output.news("focus", fields, Phrase.UNFOCUSED, room=shown)
        else:
            self._output.news("focus", fields, Phrase.ROOMLESS)

    def _last_room(self) -> str:
        """Return the room that was entered last; empty for none."""
        rooms = [name for name, room in self._rooms.items() if not room.place.is_talk]
        return rooms[-1] if rooms else ""

    def _tell_focus(self) -> None:
        place = self.place(self.focus)
        fields = {"room": self.focus}
        if place.is_talk:
            self._output.news("focus", fields, Phrase.FOCUSED_TALK, name=place.other_name)
        else:
            shown = room_names.shown(self.focus)
            self._output.news("focus", fields, Phrase.FOCUSED, room=shown)

    def _tell_entered(self, notice: RoomEntered, *, arriving: bool) -> None:
        place, people = self.place(notice.room), notice.entered.total if notice.entered else None
        fields: dict[str, JsonValue] = {
            "room": place.room,
            "number": notice.number,
            "kind": notice.kind,
            "subject": place.subject,
            "people": people,
            "other": place.other,
            "other_name": place.other_name,
        }
        shown = room_names.shown(place.room)
        if arriving or place.is_talk or not place.is_focus:
            self._output.notice("entered", **fields)
            return
        if people is None:
            self._output.news("entered", fields, Phrase.FOCUSED, room=shown)
        else:
            self._output.news("entered", fields, Phrase.ENTERED, room=shown, count=people)
        if place.subject:
            self._output.news("", {}, Phrase.SUBJECT_IS, room=shown, text=place.subject)

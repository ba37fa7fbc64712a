"""What the parts of the plain TCP door share: the link, the people, the views, the output. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.gathering import GATHERED_S
from gateway.output import Outbound
from gateway.person import Choosy
from gateway.view import RoomView
from protocol import room_names
from protocol.deadlines import Deadlines
from protocol.events import Reason
from protocol.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.link import Link
    from gateway.person import Person
    from protocol.events import AnyEvent
    from protocol.rendering import Renderer


class Hall:
    """Everybody who came in by plain TCP, and what they see.

    Attributes:
        link: the connection to the broker.
        renderer: makes the door's sentences.
        output: gathers what is written in a turn.
        lobby: the room through which people come in, once it is known.
        people: by connection.
        by_session: by the link's number for the session.
        by_id: by the session's public id.
        views: the rooms, by name.
        choosy: for whom the lines that all share may be wrong.
        timers: when a person is to be looked at again, by connection.
    """

    def __init__(self, link: Link, renderer: Renderer) -> None:
        self.link = link
        self.renderer = renderer
        self.output = Outbound(renderer)
        self.lobby = ""
        self.people: dict[int, Person] = {}
        self.by_session: dict[int, Person] = {}
        self.by_id: dict[str, Person] = {}
        self.views: dict[str, RoomView] = {}
        self.choosy = Choosy()
        self.timers: Deadlines[int] = Deadlines()
        self._gathering: Deadlines[str] = Deadlines()

    def add(self, person: Person) -> None:
        """Somebody is here from now on."""
        self.people[person.key] = self.by_session[person.session] = person

    def remove(self, person: Person) -> None:
        """The person is gone; their connection is closed once all is written."""
        for room in person.rooms:
            if view := self.views.get(room):
                view.leave(person)
        self.choosy.forget(person)
        if self.by_id.get(person.id) is person:
            del self.by_id[person.id]
        del self.people[person.key], self.by_session[person.session]
        self.timers.cancel(person.key)
        self.output.close(person)

    def remove_all(self) -> None:
        """Everybody is gone."""
        for person in list(self.people.values()):
            self.remove(person)

    def view(self, room: str) -> RoomView:
        """Return the view of ``room``, made if need be."""
        view = self.views.get(room)
        if view is None:
            is_lobby = room == self.lobby
            view = RoomView(self.renderer, room, self.choosy, is_lobby=is_lobby)
            self.views[room] = view
        return view

    def leave(self, person: Person, room: str, reason: str) -> None:
        """The person is in ``room`` no more, but stays; say where their lines go now.

        Nowhere unless they wanted it: what they are typing is meant for that room. Who is in very
        many conversations is taken out of one by the broker, for the same reason as by themselves.
        """
        if view := self.views.get(room):
            view.leave(person)
        if reason == Reason.LEFT and room in person.others:
            person.talked.add(room)
        before = person.focus
        person.leave(room)
        self.choosy.moved(person)
        is_wanted = person.held_by == room
        if is_wanted:
            person.held_by = ""
        if not room.startswith(room_names.TALK_SIGN):
            self.output.tell(person, Phrase.ROOM_LOST, room=room_names.shown(room))
        elif before != room:
            return
        if not person.focus:
            self.output.tell(person, Phrase.ROOMLESS)
        elif person.focus == before:
            return
        elif is_wanted:
            self.output.tell(person, Phrase.FOCUSED, room=room_names.shown(person.focus))
        else:
            self.unfocus(person)

    def unfocus(self, person: Person) -> None:
        """What the person typed is meant for a room where they are not: no other shall have it."""
        if person.focus:
            other = person.others.get(person.focus)
            name = other.name if other else room_names.shown(person.focus)
            self.output.tell(person, Phrase.UNFOCUSED, room=name)
            person.focus = ""

    def was_public(self, person: Person, room: str) -> None:
        """A room that was to be private is not: what was typed with that is said nowhere."""
        self.output.tell(person, Phrase.ROOM_IS_PUBLIC, room=room_names.shown(room))
        if person.waiting:
            self.unfocus(person)

    def history(self, room: str, events: Iterable[AnyEvent]) -> list[str]:
        """Return what was said before in ``room``; what is private is marked."""
        is_talk = room.startswith(room_names.TALK_SIGN)
        label = self.renderer.say(Phrase.PRIVATE_LINE, line="") if is_talk else ""
        return self.renderer.history(events, label)

    # ---- comings and goings that are told once a second

    def gather(self, room: str, view: RoomView, now: float) -> None:
        """Tell what ``view`` gathers once it is time."""
        if view.gathering and room not in self._gathering:
            self._gathering.set(room, now + GATHERED_S)

    def tell_gathered(self, now: float) -> None:
        """Tell what was gathered for long enough."""
        for room in self._gathering.expired(now):
            if view := self.views.get(room):
                for person, data in view.gathered():
                    self.output.send(person, data)

    def next_gathered(self) -> float | None:
        """Return when something that is gathered is to be told, or None."""
        return self._gathering.next()

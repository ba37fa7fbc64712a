"""The broker's answers as plain lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol import happenings, room_names
from protocol.phrases import Phrase
from protocol.questions import Kind
from protocol.times import lasting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from protocol.events import AnyEvent
    from protocol.questions import (
        BanLine,
        BanList,
        Described,
        Found,
        RoomLine,
        RoomList,
    )
    from protocol.rendering import Renderer


class AnswerLines:
    """Makes lines of answers, in the language of a renderer."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._say = renderer.say

    def rooms(self, rooms: RoomList) -> list[str]:
        """Return a line a room, and how many more there are."""
        lines = [self._room(room) for room in rooms.rooms]
        if rooms.total > len(rooms.rooms):
            lines.append(self._say(Phrase.MORE_ROOMS, count=rooms.total - len(rooms.rooms)))
        return lines

    def described(self, who: Described) -> list[str]:
        """Return what is known of a person."""
        say = self._say
        since, idle = self._renderer.time(who.since), lasting(who.idle)
        lines = [
            say(Phrase.DESCRIBED, user_id=who.user_id, name=who.name, id=who.id),
            say(Phrase.DESCRIBED_SINCE, time=since, door=who.door, idle=idle),
        ]
        if not who.connected:
            lines.append(say(Phrase.DESCRIBED_HELD))
        if who.rooms:
            rooms = " ".join(map(room_names.shown, who.rooms))
            lines.append(say(Phrase.DESCRIBED_ROOMS, rooms=rooms))
        if who.away:
            lines.append(say(Phrase.DESCRIBED_AWAY, why=self._renderer.why(who.why)))
        if who.operator:
            lines.append(say(Phrase.DESCRIBED_OPERATOR))
        return lines

    def bans(self, bans: BanList) -> list[str]:
        """Return a line a ban or mute, with its end and its reason."""
        return [self._ban(ban) for ban in bans.bans] or [self._say(Phrase.NO_BANS)]

    def acts(self, events: Iterable[AnyEvent]) -> list[str]:
        """Return what operators did, each with its time and zone."""
        lines = [
            f"-- {self._renderer.time(event.at)} {line}"
            for event in events
            if (line := self._renderer.to_others(event)) is not None
        ]
        return lines or [self._say(Phrase.NO_ACTS)]

    def found(self, found: Found, others: Mapping[str, str]) -> list[str]:
        """Return what a search found, newest first, each with its room, number and time.

        ``others`` are the names of those with whom conversations of two are, by room.
        """
        lines: list[str] = []
        for room, event in ((hit.room, hit.event) for hit in found.hits):
            label = f"{self._label(room, others)}:{event.number} "
            lines += self._renderer.history([event], label)
        if not lines:
            lines.append(self._say(Phrase.FOUND_NOTHING))
        if found.older:
            lines.append(self._say(Phrase.FOUND_OLDER))
        if found.behind:
            lines.append(self._say(Phrase.FOUND_BEHIND))
        return lines

    def _room(self, room: RoomLine) -> str:
        say = self._say
        line = say(Phrase.ROOM_LISTED, room=room_names.shown(room.room), count=room.people)
        if room.kind is Kind.PRIVATE:
            line += say(Phrase.ROOM_LISTED_PRIVATE)
        if room.member:
            line += say(Phrase.ROOM_LISTED_MEMBER)
        elif room.invited:
            line += say(Phrase.ROOM_LISTED_INVITED)
        return line + self._renderer.why(room.subject)

    def _ban(self, ban: BanLine) -> str:
        phrase = Phrase.MUTE_LISTED if ban.mute else Phrase.BAN_LISTED
        until = happenings.until_when(self._renderer.language, ban.until, self._renderer.time)
        return self._say(
            phrase, who=ban.name, until=until, why=self._renderer.why(ban.why), by=ban.by
        )

    def _label(self, room: str, others: Mapping[str, str]) -> str:
        if room in others:
            return self._say(Phrase.PRIVATE_WITH, name=others[room])
        if room.startswith(room_names.TALK_SIGN):  # left since
            return self._say(Phrase.PRIVATE_LINE, line="").rstrip()
        return room_names.shown(room)

"""What each command asks of the broker, and what comes of the answers. Pure.

A command is a generator: it yields commands and questions of the protocol, is sent the answer to
each (None for a command), and returns its report.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Final, TypeVar

from admin import report
from admin.report import Report
from protocol import room_names, times
from protocol.commands import Announce, Ban, Command, Kick, Mute, Op, Slow, Unban, Unmute
from protocol.errors import HubbubError, Refusal, UsageError
from protocol.limits import LISTED_ROOMS, ROSTER_PEOPLE
from protocol.questions import (
    Acts,
    BackedUp,
    Backup,
    BanList,
    Bans,
    Counted,
    Described,
    Everybody,
    Everyone,
    Happened,
    People,
    Person,
    Question,
    RoomLine,
    RoomList,
    Rooms,
    Stats,
    Who,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from admin.settings import AdminSettings

Answered = TypeVar("Answered")
Steps = Generator[Command | Question, object, Report]
_OFF: Final = frozenset({"0", "off"})


def steps(
    settings: AdminSettings, absolute: Callable[[str], str], time_of: Callable[[int], str]
) -> Steps:
    """Return what to do for a command line.

    Args:
        settings: the command line.
        absolute: makes a path absolute.
        time_of: says a time in milliseconds since 1970.

    Raises:
        UsageError: something on it cannot be used.
    """
    room = _room(settings.room)
    match settings.command:
        case "who":
            return _who(room) if room else _everybody(time_of)
        case "rooms":
            return _rooms()
        case "bans":
            return _bans(room, time_of)
        case "modlog":
            return _modlog(Acts(room, settings.count), time_of)
        case "stats":
            return _stats(time_of)
        case "backup":
            return _backup(absolute(settings.file))
        case _:
            return _act(_command(settings, room))


def _command(settings: AdminSettings, room: str) -> Command:
    who, why = settings.who, settings.why
    match settings.command:
        case "kick":
            return Kick(room, who, why)
        case "ban":
            return Ban(room, who, _seconds(settings.time), why)
        case "unban":
            return Unban(room, who)
        case "mute":
            return Mute(room, who, _seconds(settings.time), why)
        case "unmute":
            return Unmute(room, who)
        case "slow":
            return Slow(room, 0 if settings.time in _OFF else _seconds(settings.time))
        case "announce":
            return Announce(room, settings.text)
        case command:
            return Op(room, who, operator=command == "op")


def _room(typed: str) -> str:
    if not typed:
        return ""
    try:
        return room_names.normal(typed)
    except Refusal as refusal:
        raise UsageError(f"{typed!r} is no name of a room.") from refusal


def _seconds(typed: str) -> int:
    if not typed:
        return 0
    seconds = times.duration(typed)
    if not seconds:
        raise UsageError(f"{typed!r} is no time: write such as 10m, 2h or 7d.")
    return seconds


# ---- the steps of each


def _act(command: Command) -> Steps:
    yield command
    return report.done()


def _everybody(time_of: Callable[[int], str]) -> Steps:
    people: list[Described] = []
    after = ""
    while True:
        answer = _expect(Everyone, (yield Everybody(after, ROSTER_PEOPLE)))
        people += answer.people
        if not answer.people:
            return report.everybody(people, time_of)
        after = answer.people[-1].id


def _who(room: str) -> Steps:
    people: list[Person] = []
    after = 0
    while True:
        answer = _expect(People, (yield Who(room, after, ROSTER_PEOPLE)))
        people += answer.people
        if not answer.people:
            return report.people(people)
        after = answer.people[-1].joined


def _rooms() -> Steps:
    rooms: list[RoomLine] = []
    after = ""
    while True:
        answer = _expect(RoomList, (yield Rooms(after, LISTED_ROOMS)))
        rooms += answer.rooms
        if not answer.rooms:
            return report.rooms(rooms)
        after = answer.rooms[-1].room


def _bans(room: str, time_of: Callable[[int], str]) -> Steps:
    answer = _expect(BanList, (yield Bans(room)))
    return report.bans(answer.bans, time_of)


def _modlog(question: Acts, time_of: Callable[[int], str]) -> Steps:
    answer = _expect(Happened, (yield question))
    return report.acts(answer.events, time_of)


def _stats(time_of: Callable[[int], str]) -> Steps:
    return report.stats(_expect(Counted, (yield Stats())), time_of)


def _backup(path: str) -> Steps:
    return report.backup(_expect(BackedUp, (yield Backup(path))))


def _expect(kind: type[Answered], answer: object) -> Answered:
    if not isinstance(answer, kind):
        raise HubbubError("The broker answered something else: it is of another version.")
    return answer

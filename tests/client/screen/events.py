"""Events of one room, and how they look on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.screen.look import LocalTime, Look
from client.screen.transcript import Transcript
from client.screen.width import cells
from protocol.events import Joined, Left, Renamed, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.screen.fragments import Row
    from protocol.events import AnyEvent

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
START = 9 * 60 * MINUTE
"""Nine o'clock on the first day, a Thursday."""
LOOK = Look(own_name="Duke", own_ids=frozenset({"me"}))


def local(ms: int) -> LocalTime:
    """A calendar that has only January."""
    day, rest = divmod(ms, DAY)
    hour, minute = divmod(rest // MINUTE, 60)
    return LocalTime(1970, 1, 1 + day % 31, (3 + day) % 7, hour, minute)


def said(number: int, name: str = "Ann", text: str | None = None, *, at: int = START) -> Said:
    return Said(number, at, name.lower(), name, 0, f"m{number}" if text is None else text)


def acted(number: int, name: str, text: str, *, at: int = START) -> Said:
    return Said(number, at, name.lower(), name, 0, text, action=True)


def own(number: int, text: str, *, at: int = START) -> Said:
    return Said(number, at, "me", "Duke", number, text)


def joined(number: int, name: str, *, at: int = START) -> Joined:
    return Joined(number, at, name.lower(), name, 0, "127.0.0.1:1")


def left(number: int, name: str, reason: str = "quit", *, at: int = START) -> Left:
    return Left(number, at, name.lower(), name, 0, reason)


def renamed(number: int, name: str, new_name: str, *, at: int = START) -> Renamed:
    return Renamed(number, at, name.lower(), name, 0, new_name)


def talk(first: int, last: int) -> list[Said]:
    """Two people who take turns, four messages a minute."""
    step = MINUTE // 4
    return [said(n, ("Ann", "Bob")[n % 2], at=START + n * step) for n in range(first, last + 1)]


def transcript(
    events: Iterable[AnyEvent] = (), look: Look = LOOK, limit: int = 50_000
) -> Transcript:
    """A room that the person looks at, so that nothing is unread."""
    made = Transcript(local, look, limit)
    made.watched = True
    made.append(list(events))
    return made


def text_of(row: Row) -> str:
    return "".join(text for _, text in row)


def lines(rows: Iterable[Row]) -> list[str]:
    return [text_of(row).rstrip() for row in rows]


def shown(made: Transcript, width: int = 60, height: int = 200) -> list[str]:
    return lines(made.rows(width, height))


def to_start(made: Transcript) -> None:
    """Scroll up to the oldest line that is held."""
    made.line_up(1_000_000)


def width_of(row: Row) -> int:
    return sum(cells(text) for _, text in row)


def styles(made: Transcript, text: str, width: int = 60, height: int = 200) -> list[str]:
    """The styles of the pieces that hold ``text``."""
    return [style for row in made.rows(width, height) for style, piece in row if text in piece]

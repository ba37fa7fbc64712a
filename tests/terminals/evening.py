"""An evening among people on ``nc``, at the full screen and in line mode: what each of them reads.

Lines are compared one by one, so that one that comes twice, or never, or to somebody else, is seen
at the next step of whoever reads it. Times and IDs are replaced by words: ``NOW+08``, ``ID``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.terminals.hall import Hall

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.doors.people import Somebody
    from tests.terminal import Terminal

ZONE: Final = "+08"
"""Of the nc door. The terminals are in UTC."""
_EAST: Final = {"TZ": "CST-8"}
_REPLACED: Final = (
    (re.compile(r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?=[+-]\d\d)"), "NOW"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ID"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "KEY"),
    (re.compile(r"(?<=speak again in )\d+"), "N"),
    (re.compile(r"(?<=#lobby:)\d+"), "*"),
    (re.compile(r"(?<=idle for )\d+s"), "1s"),
)
_STATUS: Final = " · notify: "
WIDE: Final = 170


def plain(text: str) -> str:
    """Return the text without what differs from evening to evening."""
    for pattern, word in _REPLACED:
        text = pattern.sub(word, text)
    return text


class Evening:
    """A broker, and the people who are there.

    Attributes:
        hall: where they are.
        people: those on ``nc``, by name, in the order in which they came.
        screens: those at full screens, by name.
    """

    def __init__(self, *flags: str) -> None:
        self.hall = Hall(*flags, environment=_EAST)
        self.people: dict[str, Somebody] = {}
        self.screens: dict[str, Screen] = {}

    # ---- people

    def come(self, name: str, **others: str) -> Somebody:
        """Let somebody come in with ``nc``; those who are in the lobby see it, if none is named."""
        somebody = self.hall.person(name)
        seen = f"[ID]:[ID] ===> login!!\nID is now {name}"
        self.sees(**(others or dict.fromkeys(self.people, seen)))
        self.people[name] = somebody
        return somebody

    def go(self, name: str, **others: str) -> None:
        """Let somebody on ``nc`` leave; those who are in the lobby see it, if none is named."""
        self.people.pop(name).says("/quit")
        self.sees(**(others or dict.fromkeys(self.people, f"{name} exit already!")))

    def screen(self, name: str, *flags: str) -> Screen:
        """Let somebody come in at a full screen; all on ``nc`` are in the lobby, and see it."""
        terminal = self.hall.client(name, *flags, columns=WIDE, rows=24)
        screen = self.screens[name] = Screen(terminal)
        self.sees(**dict.fromkeys(self.people, f"[KEY]:[{name}] ===> login!!"))
        return screen

    # ---- what they do and see

    def when(self, who: str, *lines: str, **reads: str) -> None:
        """Let somebody type lines; each person named reads so many lines next."""
        if screen := self.screens.get(who):
            for line in lines:
                screen.terminal.say(line)
        else:
            for line in lines:
                self.people[who].says(line)
        self.sees(**reads)

    def sees(self, **reads: str) -> None:
        """Each person named reads these lines next, and nothing between them."""
        for name, lines in reads.items():
            for line in lines.split("\n"):
                (seen,) = self.reads(name, 1)
                assert seen == line, f"{name} reads {seen!r}, not {line!r}"

    def reads(self, name: str, count: int) -> list[str]:
        """Return the next lines that somebody on ``nc`` reads."""
        program = self.people[name].program
        return [plain(program.read_until("\n").rstrip("\n")) for _ in range(count)]

    def all_see(self, line: str, *, but: str = "") -> None:
        """Everybody on ``nc`` reads this line next."""
        self.sees(**{name: line for name in self.people if name != but})

    def admin(self, *words: str) -> Any:
        """Return what ``chat-admin`` answers, who sits at the broker's machine."""
        status, out, err = self.try_admin("--json", *words)
        assert (status, err) == (0, "")
        return msgspec.json.decode(out)

    def try_admin(self, *words: str) -> tuple[int, str, str]:
        """Return the exit status of ``chat-admin``, and what it wrote."""
        command = [sys.executable, "-m", "admin", f"--data={self.hall.broker.data}", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def close(self) -> None:
        """End everything."""
        self.hall.close()


class Screen:
    """A full screen without panes beside the messages, so that sentences stay in one row."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        terminal.press("f7", "f8")
        terminal.wait_until_gone("1 #lobby")

    @property
    def messages(self) -> list[str]:
        """The rows between the topic and the status, without those that are empty."""
        rows = [plain(row.strip()) for row in self.terminal.rows]
        ends = [number for number, row in enumerate(rows) if _STATUS in row]
        return [row for row in rows[1 : ends[-1] if ends else None] if row]

    def shows(self, *rows: str) -> None:
        """Wait until the newest rows end so."""

        def is_there(_: Terminal) -> bool:
            newest = self.messages[-len(rows) :]
            return len(newest) == len(rows) and all(map(str.endswith, newest, rows))

        self.terminal.wait(is_there, f"{rows} as the newest rows")

    def refuses(self, line: str, sentence: str, *, stays: bool = False) -> None:
        """Type a line, which is answered by a sentence.

        Args:
            line: what is typed.
            sentence: the newest row.
            stays: whether the line is left in the input, to be mended.
        """
        before = self.messages
        self.terminal.say(line)
        self.terminal.wait(
            lambda _: bool(now := self.messages) and now != before and now[-1].endswith(sentence),
            f"{sentence!r} after {line!r}",
        )
        if stays:
            self.terminal.wait_for(f"> {line}")
            self.terminal.press("c-u")
            self.terminal.wait_until_gone(f"> {line}")

    def waits(self, wanted: Callable[[list[str]], object], what: str) -> None:
        """Wait until the rows of messages are as wanted."""
        self.terminal.wait(lambda _: wanted(self.messages), what)

    def status(self, words: str) -> None:
        """Wait until the status says these words."""
        self.terminal.wait(
            lambda seen: any(words in plain(r) for r in seen.rows if _STATUS in r), words
        )

    def topic(self, words: str) -> None:
        """Wait until the first row says these words."""
        self.terminal.wait(lambda seen: words in plain(seen.rows[0]), f"{words} in the topic")

    def page(self, *rows: str) -> None:
        """Wait until a page or list has these rows next to each other, and close it."""

        def is_there(seen: Terminal) -> bool:
            shown = [plain(" ".join(row.split())) for row in seen.rows]
            return any(
                [r in row for row, r in zip(shown[at:], rows, strict=False)] == [True] * len(rows)
                for at in range(len(shown))
            )

        self.terminal.wait(is_there, f"the page {rows}")
        self.terminal.press("q")
        self.terminal.wait_until_gone("Esc closes")

    def goes_to_the_new(self) -> None:
        """Go where somebody speaks to the person, once the window's title says that one does."""
        self.terminal.wait(lambda seen: "!)" in seen.title, "somebody who speaks to them")
        self.terminal.press("escape a")

    def goes_to(self, room: str) -> None:
        """Go to a room by its name."""
        self.terminal.press("c-k")
        self.terminal.wait_for("go to: ")
        self.terminal.say(room)
        self.topic(room)

"""People on real ``nc`` and ``ncat`` processes, and the sentences that they must see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.processes import needs_nc, needs_ncat

if TYPE_CHECKING:
    from tests.processes import Address, Processes
    from tests.program import Program

TOOLS: Final = (
    pytest.param("nc", marks=needs_nc),
    pytest.param("ncat", marks=needs_ncat),
)


@dataclass(frozen=True)
class Words:
    """The lines of the table of the nc door that differ between the languages."""

    welcome: str
    hint: str
    login: str
    renamed: str
    idle_warning: str
    too_fast: str


WORDS: Final = {
    "en": Words(
        welcome="welcome {}",
        hint="Type a line to talk, /help for the commands, /quit to leave.",
        login="[{}]:[{}] ===> login!!",
        renamed="{} is now {}",
        idle_warning="Still there? Type anything within 1 s to stay.",
        too_fast="That was fast: your lines wait their turn, and none is lost.",
    ),
    "zh": Words(
        welcome="欢迎 {}",
        hint="输入一行即可发言，/help 查看命令，/quit 离开。",
        login="[{}]:[{}] ===> 上线了login!!",
        renamed="{} 改名为 {}",
        idle_warning="还在吗？请在 1 秒内输入任意内容以保持在线。",
        too_fast="发送太快：您的消息正在排队，不会丢失。",
    ),
}


class Somebody:
    """A person on a real program, who has just come in.

    Attributes:
        id: their ``ip:port``.
        history: the lines about what was said before.
    """

    def __init__(self, program: Program, words: Words) -> None:
        self.program = program
        welcome = re.escape(words.welcome).replace(re.escape("{}"), r"(127\.0\.0\.1:\d+)")
        first = program.read_until("\n")
        found = re.fullmatch(welcome + "\n", first)
        assert found is not None, first
        self.id = found[1]
        *self.history, hint = program.read_until(f"{words.hint}\n").splitlines()
        assert hint == words.hint
        program.read_lines(words.login.format(self.id, self.id))

    def says(self, line: str) -> None:
        """Type one line."""
        self.program.send_line(line)

    def sees(self, *lines: str) -> None:
        """These lines come next, and nothing between them."""
        self.program.read_lines(*lines)


def arrive(processes: Processes, tool: str, door: Address, *flags: str, language: str = "en") -> (
    Somebody
):  # fmt: skip
    """Let somebody come in with ``tool``, ``nc`` or ``ncat``."""
    start = processes.nc if tool == "nc" else processes.ncat
    return Somebody(start(door, *flags), WORDS[language])


def is_closed(person: Somebody) -> bool:
    """Return whether the connection was closed, once it is; ``nc`` itself stays for its input."""
    person.program.end_input()
    return person.program.read_to_end() is not None

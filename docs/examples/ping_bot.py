"""A bot that answers: ``!ping``, ``!people``, and ``!leave``, upon which it leaves.

Run it beside a broker: ``.venv/bin/python docs/examples/ping_bot.py [ENDPOINT]``.
"""

import asyncio
import sys

from client import Chat, HubbubError, Said, connect


async def answer(chat: Chat, said: Said, room: str) -> bool:
    """Answer one message; return whether to stay."""
    match said.text.split():
        case ["!ping"]:
            await chat.say(f"{said.name}: pong", room)
        case ["!people"]:
            people = await chat.people(room)
            await chat.say("Here are: " + ", ".join(person.name for person in people), room)
        case ["!leave"]:
            await chat.say("takes a bow", room, action=True)
            return False
    return True


async def main(endpoint: str) -> None:
    """Stay until somebody says ``!leave``."""
    async with connect(endpoint, name="ping-bot") as chat:
        await chat.join("lobby")
        async for room, event in chat.events():
            # The bot sees its own words too; without this it might talk to itself for ever.
            if not isinstance(event, Said) or event.author == chat.id:
                continue
            if not await answer(chat, event, room):
                return


if __name__ == "__main__":
    endpoint, *more = sys.argv[1:] or ["tcp://127.0.0.1:5555"]
    if more:
        sys.stderr.write("ping-bot: Give one ENDPOINT, or none.\n")
        sys.exit(2)
    try:
        asyncio.run(main(endpoint))
    except HubbubError as error:
        sys.exit(f"ping-bot: {error}")
    except KeyboardInterrupt:
        pass

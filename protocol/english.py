"""The sentences in English; every key has one in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.phrase_keys import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final[Mapping[str, str]] = {
    Phrase.WELCOME: "welcome {user_id}",
    Phrase.LOGIN: "[{user_id}]:[{name}] ===> login!!",
    Phrase.HINT: "Type a line to talk, /help for the commands, /quit to leave.",
    Phrase.EXIT: "{name} exit already!",
    Phrase.TIMEOUT_EXIT: "{name} timeout exit already!",
    Phrase.RENAMED_SELF: "rename successfully!",
    Phrase.RENAMED: "{name} is now {new_name}",
    Phrase.PERSON: "userid:{user_id}, username:{name}",
    Phrase.MORE_PEOPLE: "… and {count} more people: /who all lists everybody.",
    Phrase.IDLE_WARNING: "Still there? Type anything within {seconds} seconds to stay.",
    Phrase.TOO_FAST: "That was fast: your lines wait their turn, and none is lost.",
    Phrase.LINE_TOO_LONG: "That line is longer than {limit} bytes and was not sent: split it.",
    Phrase.UNKNOWN_COMMAND: "There is no command {command}: /help lists them, and // says a /.",
    Phrase.USAGE: "Use it like this: {usage}",
    Phrase.NEEDS_ROOM: "You are in no room yet: wait a moment and try again.",
    Phrase.WAITING: "-- waiting for the broker; what you type is kept.",
    Phrase.BACK: "-- back; what you typed is on its way.",
    Phrase.SESSION_LOST: "-- you were away too long and had left; you are in again.",
    Phrase.NEW_JOURNAL: "-- the broker came back with another history; messages may be missing.",
    Phrase.GONE: "-- {count} messages are no longer kept.",
    Phrase.STOPPING: "-- the broker is stopping.",
    Phrase.GATEWAY_STOPPING: "-- this door is closing; goodbye.",
    Phrase.HELP_TITLE: "Commands:",
    Phrase.HELP_TEXT: "  TEXT says it to everybody; //TEXT says /TEXT.",
    Phrase.HELP_ME: "say what you do: * NAME waves",
    Phrase.HELP_NICK: "take another name",
    Phrase.HELP_WHO: "who is here, in the order they came",
    Phrase.HELP_HELP: "list the commands, or explain one",
    Phrase.HELP_QUIT: "leave",
    "bad_message": "That message could not be read: send it as the protocol says.",
    "unknown_command": "This broker does not know that command: a newer one may.",
    "version_unsupported": "This broker speaks protocol {expected}: use a matching Hubbub.",
    "hello_required": "Say hello first: the broker does not know this connection.",
    "not_trusted": "Only a gateway on the local socket may do that.",
    "one_session": "This connection has its one session: open another connection.",
    "bad_token": "The token must be 32 hexadecimal digits made from random bits.",
    "session_in_use": "That session number was used on this connection: take a new one.",
    "session_ended": "That session is over ({reason}): open a new one with a new token.",
    "number_expected": "The next command's number is {expected}: send again from there.",
    "journal_unavailable": "The broker cannot store anything just now: try again shortly.",
    "busy": "That is more than the broker answers at once: ask again shortly.",
    "name_taken": "The name {name} is taken: choose another.",
    "name_same": "You are already called {name}.",
    "name_empty": "A name needs at least one character: /nick NAME.",
    "name_too_long": "That name is longer than {limit} characters: choose a shorter one.",
    "name_not_allowed": (
        "That name is not allowed: no spaces, : | or brackets, no # @ / or \\ at its start, "
        "and nobody else's ID."
    ),
    "text_empty": "There is nothing to say in that line.",
    "text_too_long": "That message is longer than {limit} characters: split it.",
    "no_such_room": "There is no room {room}.",
    "not_in_room": "You are not in {room}: join it first.",
    "already_in_room": "You are in {room} already.",
    "taken_over": "This session was taken over by a newer connection.",
    "idle": "You were put out for idling.",
}  # fmt: skip

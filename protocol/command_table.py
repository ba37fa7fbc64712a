"""The slash-command table: the one list from which every door parses, completes and helps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from protocol import room_names, times
from protocol.commands import (
    Announce,
    Away,
    Ban,
    Delete,
    Edit,
    Ignore,
    Invite,
    Join,
    Kick,
    Leave,
    Mute,
    Op,
    Quit,
    Rename,
    Slow,
    Subject,
    Tell,
    Unban,
    Unmute,
)
from protocol.intents import (
    EVERYWHERE,
    FindMessages,
    Focus,
    Reply,
    ShowHelp,
    ShowHistory,
    ShowIgnored,
    ShowPeople,
    ShowSubject,
    Speak,
)
from protocol.limits import LONGEST_S, MOST_RECENT_MESSAGES, RECENT_MESSAGES
from protocol.phrases import Phrase
from protocol.questions import Acts, Bans, Rooms, Whois
from protocol.slash import CommandError, CommandTable, Guard, SlashCommand, Word

if TYPE_CHECKING:
    from protocol.intents import Intent

_IN_ROOM: Final = frozenset({Guard.IN_ROOM})
_PERSON: Final = (Word.PERSON,)
_ROOM: Final = (Word.ROOM,)
_PERSON_AND_TEXT: Final = (Word.PERSON, Word.TEXT)
_PERSON_AND_TIME: Final = (Word.PERSON, Word.DURATION, Word.TEXT)
_PRIVATE: Final = "--private"
_CLEAR: Final = "--clear"
_EVERYWHERE: Final = "--everywhere"
_ACTS_SHOWN: Final = 20
_DIGITS: Final = 9
_LIKE_A_TIME: Final = re.compile(r"[+-]?\d")

_Timed = TypeVar("_Timed", Ban, Mute)


def _first(argument: str) -> tuple[str, str]:
    """Return the first word, and the rest."""
    word, *rest = argument.split(None, 1)
    return word, rest[0] if rest else ""


def _room(typed: str) -> str:
    """Return a room's name as it is stored; empty stays empty."""
    return room_names.normal(typed) if typed else ""


def _join(argument: str) -> Intent | None:
    words = argument.split()
    names = [word for word in words if word != _PRIVATE]
    return Join(_room(names[0]), _PRIVATE in words) if len(names) == 1 else None


def _invite(argument: str) -> Intent:
    who, room = _first(argument)
    return Invite(_room(room), who)


def _topic(argument: str) -> Intent:
    if not argument:
        return ShowSubject()
    return Subject("", "" if argument == _CLEAR else argument)


def _tell(argument: str) -> Intent:
    who, text = _first(argument)
    return Tell(who, text)


def _ignore(argument: str) -> Intent:
    return Ignore(argument) if argument else ShowIgnored()


def _who(argument: str) -> Intent | None:
    return ShowPeople(everybody=bool(argument)) if argument in {"", "all"} else None


def _history(argument: str) -> Intent | None:
    if not argument:
        return ShowHistory(RECENT_MESSAGES)
    word, since = _first(argument)
    if word == "since":
        return ShowHistory(MOST_RECENT_MESSAGES, since) if since else None
    count = _count(argument)
    return ShowHistory(min(count, MOST_RECENT_MESSAGES)) if count else None


def _count(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else None


def _search(argument: str) -> Intent | None:
    words: list[str] = []
    given = {"in": "", "from": "", "after": "", "before": ""}
    for word in argument.split():
        key, colon, value = word.partition(":")
        if colon and value and key in given:
            given[key] = value
        else:
            words.append(word)
    if not words:
        return None
    room = _room(given["in"])
    return FindMessages(" ".join(words), room, given["from"], given["after"], given["before"])


def _kick(argument: str) -> Intent:
    who, why = _first(argument)
    return Kick("", who, why)


def _timed(make: type[_Timed], argument: str) -> _Timed:
    who, rest = _first(argument)
    word, why = _first(rest) if rest else ("", "")
    if not _LIKE_A_TIME.match(word):
        return make("", who, 0, rest)
    if not (seconds := times.duration(word)):
        # Taken for the reason, a mistyped time would make an act without an end.
        raise CommandError(Phrase.BAD_DURATION, time=word)
    return make("", who, seconds, why)


def _op(argument: str, *, operator: bool) -> Intent | None:
    words = argument.split()
    names = [word for word in words if word != _EVERYWHERE]
    room = EVERYWHERE if _EVERYWHERE in words else ""
    return Op(room, names[0], operator) if len(names) == 1 else None


def _slow(argument: str) -> Intent | None:
    seconds = times.duration(argument)
    if seconds is None:
        seconds = 0 if argument == "off" else _count(argument)
    return None if seconds is None or seconds > LONGEST_S else Slow("", seconds)


def _acts(argument: str) -> Intent | None:
    count = _count(argument) if argument else _ACTS_SHOWN
    return Acts("", min(count, MOST_RECENT_MESSAGES)) if count else None


_TALKING: Final = (
    SlashCommand(
        "me", "TEXT", Phrase.HELP_ME, lambda text: Speak(text, action=True),
        arguments=1, guards=_IN_ROOM, words=(Word.TEXT,),
    ),
    SlashCommand(
        "msg", "NAME TEXT", Phrase.HELP_MSG, _tell,
        aliases=("tell", "query"), arguments=2, words=_PERSON_AND_TEXT,
    ),
    SlashCommand(
        "reply", "TEXT", Phrase.HELP_REPLY, Reply,
        aliases=("r",), arguments=1, words=(Word.TEXT,),
    ),
    SlashCommand(
        "edit", "TEXT", Phrase.HELP_EDIT, lambda text: Edit("", text),
        arguments=1, guards=_IN_ROOM, words=(Word.TEXT,),
    ),
    SlashCommand(
        "delete", "[NAME]", Phrase.HELP_DELETE, lambda who: Delete("", who),
        guards=_IN_ROOM, words=_PERSON,
    ),
    SlashCommand(
        "history", "[N | since TIME]", Phrase.HELP_HISTORY, _history,
        guards=_IN_ROOM, words=(Word.TIME,),
    ),
    SlashCommand(
        "search", "WORDS [in:#room] [from:NAME] [after:TIME] [before:TIME]", Phrase.HELP_SEARCH,
        _search, aliases=("find",), arguments=1, words=(Word.TEXT,),
    ),
)  # fmt: skip

_PEOPLE: Final = (
    SlashCommand(
        "nick", "NAME", Phrase.HELP_NICK, Rename,
        aliases=("rename",), bare=("rename|", "\\rename|"), arguments=1,
    ),
    SlashCommand(
        "who", "[all]", Phrase.HELP_WHO, _who,
        aliases=("names",), bare=("who",), guards=_IN_ROOM,
    ),
    SlashCommand("whois", "NAME", Phrase.HELP_WHOIS, Whois, arguments=1, words=_PERSON),
    SlashCommand("away", "[WHY]", Phrase.HELP_AWAY, Away, words=(Word.TEXT,)),
    SlashCommand("back", "", Phrase.HELP_BACK, lambda _: Away(away=False)),
    SlashCommand("ignore", "[NAME]", Phrase.HELP_IGNORE, _ignore, words=_PERSON),
    SlashCommand(
        "unignore", "NAME", Phrase.HELP_UNIGNORE, lambda who: Ignore(who, ignored=False),
        arguments=1, words=_PERSON,
    ),
)  # fmt: skip

_ROOMS: Final = (
    SlashCommand(
        "join", "#ROOM [--private]", Phrase.HELP_JOIN, _join,
        arguments=1, words=_ROOM, options=(_PRIVATE,), moves=True,
    ),
    SlashCommand(
        "leave", "[#ROOM]", Phrase.HELP_LEAVE, lambda room: Leave(_room(room)),
        aliases=("part",), words=_ROOM,
    ),
    SlashCommand(
        "focus", "#ROOM|NAME", Phrase.HELP_FOCUS,
        lambda room: Focus(_room(room), room.startswith(room_names.SIGN)),
        arguments=1, words=_ROOM, moves=True,
    ),
    SlashCommand("rooms", "", Phrase.HELP_ROOMS, lambda _: Rooms(), aliases=("list",)),
    SlashCommand(
        "topic", f"[TEXT | {_CLEAR}]", Phrase.HELP_TOPIC, _topic,
        aliases=("subject",), guards=_IN_ROOM, words=(Word.TEXT,), options=(_CLEAR,),
    ),
    SlashCommand(
        "invite", "NAME [#ROOM]", Phrase.HELP_INVITE, _invite,
        arguments=1, guards=_IN_ROOM, words=(Word.PERSON, Word.ROOM),
    ),
)  # fmt: skip

_OPERATORS: Final = (
    SlashCommand(
        "kick", "NAME [WHY]", Phrase.HELP_KICK, _kick,
        arguments=1, guards=_IN_ROOM, words=_PERSON_AND_TEXT,
    ),
    SlashCommand(
        "ban", "NAME|ADDRESS [10m|2h|7d] [WHY]", Phrase.HELP_BAN, lambda text: _timed(Ban, text),
        arguments=1, guards=_IN_ROOM, words=_PERSON_AND_TIME,
    ),
    SlashCommand(
        "unban", "NAME|ADDRESS", Phrase.HELP_UNBAN, lambda who: Unban("", who),
        arguments=1, guards=_IN_ROOM, words=_PERSON,
    ),
    SlashCommand("bans", "", Phrase.HELP_BANS, lambda _: Bans(""), guards=_IN_ROOM),
    SlashCommand(
        "mute", "NAME [10m|2h|7d] [WHY]", Phrase.HELP_MUTE, lambda text: _timed(Mute, text),
        arguments=1, guards=_IN_ROOM, words=_PERSON_AND_TIME,
    ),
    SlashCommand(
        "unmute", "NAME", Phrase.HELP_UNMUTE, lambda who: Unmute("", who),
        arguments=1, guards=_IN_ROOM, words=_PERSON,
    ),
    SlashCommand(
        "slow", "SECONDS|5m|off", Phrase.HELP_SLOW, _slow,
        arguments=1, guards=_IN_ROOM, words=(Word.DURATION,),
    ),
    SlashCommand(
        "op", f"NAME [{_EVERYWHERE}]", Phrase.HELP_OP, lambda text: _op(text, operator=True),
        arguments=1, guards=_IN_ROOM, words=_PERSON, options=(_EVERYWHERE,),
    ),
    SlashCommand(
        "deop", f"NAME [{_EVERYWHERE}]", Phrase.HELP_DEOP, lambda text: _op(text, operator=False),
        arguments=1, guards=_IN_ROOM, words=_PERSON, options=(_EVERYWHERE,),
    ),
    SlashCommand(
        "announce", "TEXT", Phrase.HELP_ANNOUNCE, lambda text: Announce(EVERYWHERE, text),
        arguments=1, words=(Word.TEXT,),
    ),
    SlashCommand("modlog", "[N]", Phrase.HELP_MODLOG, _acts, guards=_IN_ROOM),
)  # fmt: skip

_ALWAYS: Final = (
    SlashCommand(
        "help", "[COMMAND]", Phrase.HELP_HELP, ShowHelp, aliases=("?",), words=(Word.COMMAND,),
    ),
    SlashCommand(
        "quit", "", Phrase.HELP_QUIT, lambda _: Quit(), aliases=("exit",), bare=("quit",),
    ),
)  # fmt: skip

TABLE: Final = CommandTable((*_TALKING, *_PEOPLE, *_ROOMS, *_OPERATORS, *_ALWAYS))

"""What events other than speech, and refusals, are called in a sentence: once for every door. Pure.

``time_of`` turns milliseconds since 1970 into what the person reads, with its zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.errors import Code
from protocol.events import (
    Announced,
    AnyEvent,
    Appointed,
    Banned,
    Deleted,
    Edited,
    Invited,
    Kicked,
    Muted,
    Slowed,
    SubjectSet,
    Unbanned,
    Unmuted,
    WentAway,
)
from protocol.phrases import Language, Phrase, say
from protocol.times import lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SECOND_MS: Final = 1000
_MINUTE_MS: Final = 60_000
_TIMED: Final = frozenset({Code.BANNED, Code.KICKED, Code.MUTED})


def happening(event: AnyEvent, language: Language, time_of: Callable[[int], str]) -> str | None:
    """Return the sentence for an event that is neither speech, a name, nor coming and going."""
    match event:
        case SubjectSet(text=text):
            phrase = Phrase.ACT_SUBJECT if text else Phrase.ACT_NO_SUBJECT
            return say(language, phrase, {"name": event.name, "text": text})
        case Invited(who_name=who):
            return say(language, Phrase.ACT_INVITED, {"name": event.name, "who": who})
        case WentAway(away=away, why=why):
            phrase = Phrase.ACT_AWAY if away else Phrase.ACT_BACK
            return say(language, phrase, {"name": event.name, "why": _why(language, why)})
        case Edited(text=text):
            return say(language, Phrase.ACT_EDITED, {"name": event.name, "text": text})
        case Deleted(whose=whose, whose_name=whose_name):
            phrase = Phrase.ACT_DELETED if whose == event.author else Phrase.ACT_DELETED_OF
            return say(language, phrase, {"name": event.name, "whose": whose_name})
        case Slowed(seconds=seconds):
            phrase = Phrase.ACT_SLOWED if seconds else Phrase.ACT_NOT_SLOWED
            return say(language, phrase, {"name": event.name, "time": lasting(seconds)})
        case Announced(text=text):
            return say(language, Phrase.ACT_ANNOUNCED, {"name": event.name, "text": text})
        case _:
            return _act_on_person(event, language, time_of)


def refusal(
    code: str,
    fields: Mapping[str, int | str],
    language: Language,
    time_of: Callable[[int], str],
) -> str:
    """Return the sentence for a refusal or an end; a time in its fields is shown as one."""
    if code == Code.KICKED and not fields.get("by"):  # who was away is told no more than that
        return say(language, Code.SESSION_ENDED, {"reason": code})
    if code == Code.TOO_FAST:
        return _too_fast(fields, language)
    if code == Code.NOT_OPERATOR and not fields.get("room"):
        return say(language, Phrase.NOT_OPERATOR_EVERYWHERE)
    if code not in _TIMED:
        return say(language, code, fields)
    shown = dict(fields)
    shown["until"] = until_when(language, fields.get("until", 0), time_of)
    shown["why"] = _why(language, str(fields.get("why", "")))
    if code == Code.MUTED and not fields.get("room"):
        code = Phrase.MUTED_EVERYWHERE
    elif code == Code.BANNED and fields.get("room"):
        code = Phrase.BANNED_FROM_ROOM
    return say(language, code, shown)


def _too_fast(fields: Mapping[str, int | str], language: Language) -> str:
    """Return when it is tried again, if that is long enough to wonder."""
    wait = fields.get("retry_after")
    if not isinstance(wait, int) or wait < _SECOND_MS:
        return say(language, Code.TOO_FAST)
    return say(language, Phrase.TOO_FAST_FOR_NOW, {"seconds": -(-wait // _SECOND_MS)})


def _act_on_person(
    event: AnyEvent, language: Language, time_of: Callable[[int], str]
) -> str | None:
    fields = {"name": event.name}
    everywhere = False
    match event:
        case Kicked(who_name=who, why=why, everywhere=everywhere):
            phrase = Phrase.ACT_KICKED
            fields["why"] = _why(language, why)
        case Banned(who_name=who, until=until, why=why, everywhere=everywhere):
            phrase = Phrase.ACT_BANNED
            fields |= {"until": until_when(language, until, time_of), "why": _why(language, why)}
        case Unbanned(who_name=who, everywhere=everywhere):
            phrase = Phrase.ACT_UNBANNED
        case Muted(who_name=who, until=until, why=why, everywhere=everywhere):
            phrase = Phrase.ACT_MUTED
            fields |= {"until": until_when(language, until, time_of), "why": _why(language, why)}
        case Unmuted(who_name=who, everywhere=everywhere):
            phrase = Phrase.ACT_UNMUTED
        case Appointed(who_name=who, operator=operator, everywhere=everywhere):
            phrase = Phrase.ACT_OPERATOR if operator else Phrase.ACT_NO_OPERATOR
        case _:
            return None
    sentence = say(language, phrase, {**fields, "who": who})
    return sentence + say(language, Phrase.ACT_EVERYWHERE) if everywhere else sentence


def until_when(language: Language, at: int | str, time_of: Callable[[int], str]) -> str:
    """Return " until" a time with its zone; nothing for 0, which is without an end."""
    if not isinstance(at, int) or not at:
        return ""
    return say(language, Phrase.ACT_UNTIL, {"time": end(at, time_of)})


def end(at: int, time_of: Callable[[int], str]) -> str:
    """Return when something ends, which is at ``at`` milliseconds since 1970.

    Up to the full minute: a time that is shown has passed when it says so.
    """
    return time_of(-(-at // _MINUTE_MS) * _MINUTE_MS)


def _why(language: Language, why: str) -> str:
    return say(language, Phrase.ACT_WHY, {"why": why}) if why else ""

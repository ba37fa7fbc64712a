"""The sentences of refusals in English, by the codes of :mod:`protocol.errors`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH_REFUSALS: Final[Mapping[str, str]] = {
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
    "name_empty": "A name needs at least one character.",
    "name_too_long": "That name is longer than {limit} characters: choose a shorter one.",
    "name_not_allowed": (
        "That name is not allowed: a letter first, no space, : | or bracket, not admin."
    ),
    "text_empty": "There is nothing to say in that line.",
    "text_too_long": "That message is longer than {limit} characters: split it.",
    "no_such_room": "There is no room {room}.",
    "not_in_room": "You are not in {room}: join it first.",
    "already_in_room": "You are in {room} already.",
    "room_not_allowed": (
        "A room cannot be called {room}: up to {limit} characters, no spaces, : | or brackets, "
        "none of # @ / \\ - at its start, and a letter, digit or picture in it."
    ),
    "invite_only": "The room {room} is private: somebody in it must invite you.",
    "not_in_private": "That is not for a conversation of two.",
    "too_many_rooms": (
        "You are in {limit} rooms already, which is as many as may be: leave one first."
    ),
    "rooms_full": (
        "There are {limit} rooms already, which is as many as may be: join one of them."
    ),
    "subject_too_long": "That subject is longer than {limit} characters: shorten it.",
    "why_too_long": "That reason is longer than {limit} characters: shorten it.",
    "no_such_person": "There is nobody called {who} here: /who lists who is.",
    "yourself": "That is you yourself: name somebody else.",
    "not_a_member": "{who} is not in {room}.",
    "not_away": "You are not away.",
    "not_ignored": "You do not ignore {who}.",
    "no_such_message": "There is no last message here to change: none was said, or too long ago.",
    "not_operator": "Only an operator may do that.",
    "is_owner": "{who} owns {room}: nobody in it can do that to them.",
    "already_so": "That is so already.",
    "not_banned": "{who} is not banned here.",
    "not_muted": "{who} is not muted here.",
    "time_too_long": "That is longer than {limit} days: leave the time out for no end.",
    "slow_too_long": "Slow mode lasts at most {limit} s between two messages: choose less.",
    "muted": "You are muted in {room}{until}: you can read, but not speak.",
    "slow_mode": "{room} is in slow mode: you can speak again in {seconds} s.",
    "too_fast": "That was too fast: it is tried again by itself.",
    "too_many_sessions": (
        "There are {limit} people from your address already: try again once one has left."
    ),
    "search_empty": (
        "There is nothing to search for: name a word, or two Chinese or Japanese characters."
    ),
    "search_too_long": "That search is longer than {limit} characters: shorten it.",
    "search_unavailable": "Searching is not possible just now: try again shortly.",
    "file_exists": "There is something at {path} already: name a new file.",
    "backup_failed": (
        "The copy {path} could not be made: name a full path where the broker may write; "
        "its log says more."
    ),
    "banned": "You are banned{until}{why}.",
    "kicked": "You were put out by {by}{why}.",
    "taken_over": "This session was taken over by a newer connection.",
    "idle": "You were put out for idling.",
}  # fmt: skip

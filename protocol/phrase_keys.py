"""The keys of the sentences that are no refusals."""

from __future__ import annotations

from enum import StrEnum


class Phrase(StrEnum):
    """Keys of the sentences that are no refusals."""

    WELCOME = "welcome"
    LOGIN = "login"
    HINT = "hint"
    EXIT = "exit"
    TIMEOUT_EXIT = "timeout_exit"
    RENAMED_SELF = "renamed_self"
    RENAMED = "renamed"
    PERSON = "person"
    MORE_PEOPLE = "more_people"
    IDLE_WARNING = "idle_warning"
    TOO_FAST = "too_fast"
    LINE_TOO_LONG = "line_too_long"
    UNKNOWN_COMMAND = "unknown_slash_command"
    USAGE = "usage"
    NEEDS_ROOM = "needs_room"
    WAITING = "waiting"
    BACK = "back"
    SESSION_LOST = "session_lost"
    NEW_JOURNAL = "new_journal"
    GONE = "gone"
    STOPPING = "stopping"
    GATEWAY_STOPPING = "gateway_stopping"
    HELP_TITLE = "help_title"
    HELP_TEXT = "help_text"
    HELP_ME = "help_me"
    HELP_NICK = "help_nick"
    HELP_WHO = "help_who"
    HELP_HELP = "help_help"
    HELP_QUIT = "help_quit"

"""The error tree, and the stable codes that travel.

::

    HubbubError
    ├── Refusal            a command or question that the broker will not carry out (travels)
    ├── MessageError       bytes that are no message of ours
    ├── UsageError         a command line or setting that cannot work (exit status 2)
    ├── JournalError
    │   ├── JournalUnavailable   the disk would not take a commit; it may later
    │   ├── JournalCorrupt       what is stored is not what was written
    │   └── JournalTooNew        written by a later Hubbub
    ├── LinkError          the peer's half was asked for something impossible
    └── in client          NameInUse, and what its scripting API raises: Refused, Ended, Unreachable

Only codes, fields and sentences from ``protocol.phrases`` reach a peer; exception text stays in
the process.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why something was refused or ended. The values are stable: peers compare them."""

    BAD_MESSAGE = "bad_message"
    UNKNOWN_COMMAND = "unknown_command"
    VERSION_UNSUPPORTED = "version_unsupported"
    HELLO_REQUIRED = "hello_required"
    NOT_TRUSTED = "not_trusted"
    ONE_SESSION = "one_session"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a code, not a secret
    SESSION_IN_USE = "session_in_use"
    SESSION_ENDED = "session_ended"
    NUMBER_EXPECTED = "number_expected"
    JOURNAL_UNAVAILABLE = "journal_unavailable"
    BUSY = "busy"
    NAME_TAKEN = "name_taken"
    NAME_SAME = "name_same"
    NAME_EMPTY = "name_empty"
    NAME_TOO_LONG = "name_too_long"
    NAME_NOT_ALLOWED = "name_not_allowed"
    TEXT_EMPTY = "text_empty"
    TEXT_TOO_LONG = "text_too_long"
    NO_SUCH_ROOM = "no_such_room"
    NOT_IN_ROOM = "not_in_room"
    ALREADY_IN_ROOM = "already_in_room"
    ROOM_NOT_ALLOWED = "room_not_allowed"
    INVITE_ONLY = "invite_only"
    NOT_IN_PRIVATE = "not_in_private"
    TOO_MANY_ROOMS = "too_many_rooms"
    ROOMS_FULL = "rooms_full"
    SUBJECT_TOO_LONG = "subject_too_long"
    WHY_TOO_LONG = "why_too_long"
    NO_SUCH_PERSON = "no_such_person"
    YOURSELF = "yourself"
    NOT_A_MEMBER = "not_a_member"
    NOT_AWAY = "not_away"
    NOT_IGNORED = "not_ignored"
    NO_SUCH_MESSAGE = "no_such_message"
    NOT_OPERATOR = "not_operator"
    IS_OWNER = "is_owner"
    ALREADY_SO = "already_so"
    NOT_BANNED = "not_banned"
    NOT_MUTED = "not_muted"
    TIME_TOO_LONG = "time_too_long"
    SLOW_TOO_LONG = "slow_too_long"
    BANNED = "banned"
    KICKED = "kicked"
    MUTED = "muted"
    SLOW_MODE = "slow_mode"
    TOO_FAST = "too_fast"
    TOO_MANY_SESSIONS = "too_many_sessions"
    SEARCH_EMPTY = "search_empty"
    SEARCH_TOO_LONG = "search_too_long"
    SEARCH_UNAVAILABLE = "search_unavailable"
    FILE_EXISTS = "file_exists"
    BACKUP_FAILED = "backup_failed"


Fields = dict[str, int | str]


class HubbubError(Exception):
    """The root: everything that Hubbub raises on purpose."""


class Refusal(HubbubError):  # noqa: N818 - says what happened
    """A command or question that is not carried out.

    Attributes:
        code: the stable code.
        fields: what a program or a sentence needs (``retry_after`` in milliseconds, ``limit``, …).
    """

    def __init__(self, code: Code, **fields: int | str) -> None:
        super().__init__(code, fields)
        self.code = code
        self.fields: Fields = fields

    def __str__(self) -> str:
        return f"{self.code} {self.fields}" if self.fields else str(self.code)


class MessageError(HubbubError):
    """Bytes that are no message of ours: too large, not JSON, or of another shape."""


class UsageError(HubbubError):
    """A command line or setting that cannot work; the text is the one line shown to the person."""


class JournalError(HubbubError):
    """The root of what a journal raises."""


class JournalUnavailable(JournalError):  # noqa: N818 - says what happened
    """The disk would not take a commit or give an answer; nothing of that commit was stored."""


class JournalCorrupt(JournalError):  # noqa: N818 - says what happened
    """What is stored is not what was written; the text names the place."""


class JournalTooNew(JournalError):  # noqa: N818 - says what happened
    """The journal was written by a later Hubbub and is left untouched."""


class LinkError(HubbubError):
    """The peer's half was asked for something impossible, such as a session it does not carry."""

"""Who a person is to a broker: the session's token, kept on disk, and locked while in use.

A client that crashed finds its token here and comes back as itself. For each broker and name
there are these files in the folder, readable by their owner alone:

=================  ===============================================================
``STEM.json``      the token, the link's name, and how often a client was started
``STEM.lock``      locked by the client that uses them, for as long as it lives
``STEM.saved``     what :mod:`client.saved` keeps
``STEM.outdated``  the same, once it could not be brought up to date
=================  ===============================================================

Every mode of the client and every bot claims its name here, so the count of starts tells the one
that kept something whether anybody else has used the session since.

Where the disk cannot be read or written, the chat goes on without it: the token then lives in
memory, and :attr:`Identity.problem` says why.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from protocol.errors import HubbubError
from protocol.limits import NAME_CHARACTERS, TOKEN_HEX_DIGITS
from protocol.names import compared
from runtime.private_files import make_private_folder, read_private, replace_private

if TYPE_CHECKING:
    from pathlib import Path

_LINK_HEX_DIGITS: Final = 16
_STEM_HEX_DIGITS: Final = 16
_SESSION_HEX_DIGITS: Final = 16
_ATTEMPTS_A_START: Final = 1 << 20
_MOST_STARTS: Final = 1 << 32
_UNSAFE: Final = re.compile(r"[^a-z0-9]+")


class NameInUse(HubbubError):  # noqa: N818 - says what happened
    """Another client of this machine uses the name with the same broker.

    Attributes:
        name: as it was asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"Another client on this machine is {name}: choose another name.")
        self.name = name


class _Kept(msgspec.Struct):
    token: Annotated[str, msgspec.Meta(pattern=rf"\A[0-9a-f]{{{TOKEN_HEX_DIGITS}}}\Z")]
    link: Annotated[str, msgspec.Meta(pattern=rf"\A[0-9a-f]{{{_LINK_HEX_DIGITS}}}\Z")]
    starts: Annotated[int, msgspec.Meta(ge=0, lt=_MOST_STARTS)] = 0


class Identity:
    """What :func:`claim` returns; nobody else on this machine has it until :meth:`close`.

    Attributes:
        name: as it was asked for.
        saved_path: the file for :mod:`client.saved`.
        outdated_path: where it is after :meth:`outdate`.
        problem: why nothing can be kept, in the system's words; empty while all is well.
    """

    def __init__(self, folder: Path, endpoint: str, name: str) -> None:
        stem = _stem(endpoint, name)
        self.name = name
        self.saved_path = folder / f"{stem}.saved"
        self.outdated_path = folder / f"{stem}.outdated"
        self.problem = ""
        self._path = folder / f"{stem}.json"
        self._lock: int | None = None
        self._kept = _new()
        try:
            self._lock = self._take_lock(folder, folder / f"{stem}.lock")
            self._kept = self._read() or self._kept
            self._kept.starts += 1
        except OSError as error:
            self.problem = error.strerror or str(error)
        if not self._write():
            # A start that is not counted may not use the link's name again.
            self._kept = _Kept(self._kept.token, make_link_name())
            self.outdate()

    @property
    def token(self) -> str:
        """The secret that names the session: 32 hexadecimal digits."""
        return self._kept.token

    @property
    def session(self) -> str:
        """A name for the session that betrays nothing of the token."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:_SESSION_HEX_DIGITS]

    @property
    def starts(self) -> int:
        """How many clients have claimed the name so far; 0 where this one could not be counted."""
        return self._kept.starts

    @property
    def link_name(self) -> str:
        """By which the broker tells that connections of several starts are one peer's."""
        return self._kept.link

    @property
    def attempts(self) -> int:
        """A number above that of every connection of earlier starts under ``link_name``."""
        return self._kept.starts * _ATTEMPTS_A_START

    def renew(self) -> None:
        """The session is over: take a new token, now and for the next start."""
        self._kept.token = _new().token
        self._write()

    def outdate(self) -> None:
        """More was done than the saved file knows: set it aside, so that nobody relies on it.

        Unlike writing, this needs no space on the disk.
        """
        if self._lock is not None:
            with suppress(OSError):
                self.saved_path.replace(self.outdated_path)

    def close(self) -> None:
        """Let another client of this machine have the name."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self, folder: Path, path: Path) -> int:
        make_private_folder(folder)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise NameInUse(self.name) from error
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _read(self) -> _Kept | None:
        """Return what is kept, or None if that is nothing or damaged."""
        try:
            return msgspec.json.decode(read_private(self._path), type=_Kept)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _write(self) -> bool:
        """Keep what is to be kept, if the lock is held; return whether it is kept."""
        if self._lock is None:
            return False
        try:
            replace_private(self._path, msgspec.json.encode(self._kept))
        except OSError as error:
            self.problem = error.strerror or str(error)
            return False
        self.problem = ""
        return True


def claim(folder: Path, endpoint: str, name: str) -> Identity:
    """Return the identity that is kept in ``folder`` for a broker and a name, or a new one.

    Names that the broker takes for the same one are the same here.

    Raises:
        NameInUse: another process has claimed it.
    """
    return Identity(folder, endpoint, name)


def make_link_name() -> str:
    """Return a name for a link, such as nobody else has."""
    return secrets.token_hex(_LINK_HEX_DIGITS // 2)


def _stem(endpoint: str, name: str) -> str:
    """Return a file name that is safe whatever the name is, and that a person recognises."""
    same = compared(name)
    digest = hashlib.sha256(f"{endpoint}\0{same}".encode("utf-8", "surrogatepass")).hexdigest()
    readable = _UNSAFE.sub("-", same)[:NAME_CHARACTERS].strip("-") or "name"
    return f"{readable}-{digest[:_STEM_HEX_DIGITS]}"


def _new() -> _Kept:
    return _Kept(secrets.token_hex(TOKEN_HEX_DIGITS // 2), make_link_name())

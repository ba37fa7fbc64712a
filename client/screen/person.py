"""Who the person is on this machine: the names that are claimed here, and what is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.identity import claim
from client.saved import Store, load
from client.saved_state import Saved
from protocol.names import compared
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from pathlib import Path

    from client.identity import Identity
    from protocol.phrases import Language


class Person:
    """One run may need several names, if some are taken; each stays claimed to the end.

    Args:
        folder: where identities are kept.
        endpoint: the broker's.

    Attributes:
        identity: the last one claimed, None before any.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.identity: Identity | None = None
        self._folder = folder
        self._endpoint = endpoint
        self._identities: list[Identity] = []
        self._store: Store | None = None
        self._damaged: Path | None = None
        self._problem = ""

    def is_called(self, name: str) -> bool:
        """Return whether ``name`` was claimed last."""
        return self.identity is not None and compared(self.identity.name) == compared(name)

    def claim(self, name: str) -> Identity:
        """Become ``name``.

        Raises:
            NameInUse: another client on this machine has it.
        """
        for identity in self._identities:
            if compared(identity.name) == compared(name):
                break
        else:
            identity = claim(self._folder, self._endpoint, name)
            self._identities.append(identity)
        self.identity = identity
        self._problem = identity.problem
        self._store = Store(identity.saved_path)
        return identity

    def load(self) -> Saved:
        """Return what is kept of the name that was claimed last."""
        if self.identity is None:
            return Saved()
        return load(self.identity.saved_path, self._set_damaged)

    def save(self, saved: Saved) -> None:
        """Keep ``saved`` under the name that was claimed last."""
        if self._store is not None:
            self._problem = self._store.write(saved)

    def complaints(self, language: Language) -> list[str]:
        """Return what went wrong with what is kept, as sentences."""
        complaints = []
        if self._damaged is not None:
            complaints.append(say(language, Phrase.SAVED_DAMAGED, {"path": str(self._damaged)}))
        if self._problem and self.identity is not None:
            fields = {"path": str(self.identity.saved_path), "reason": self._problem}
            complaints.append(say(language, Phrase.NOT_KEPT, fields))
        return complaints

    def close(self) -> None:
        """Let others have the names."""
        for identity in self._identities:
            identity.close()

    def _set_damaged(self, path: Path) -> None:
        self._damaged = path

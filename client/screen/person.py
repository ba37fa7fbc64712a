"""Who the person is on this machine, and what is kept of them; nothing is said twice or dropped.

Commands of a session are numbered, so how many the broker has applied tells which of those that
are kept it has. What is on the disk is therefore, at every moment: the session, how many of its
commands are applied, and all that was given to a connection since, in order, followed by what was
not (``unsent``). It is written before anything that is new, or has another number than before,
leaves: after Enter, after a refusal, after every welcome, and when the session is over. An
acknowledgement may be missing from it, which the broker's count makes good.

==========================================  ======================================================
at the next start                           becomes of what is kept
==========================================  ======================================================
same session, and nobody started since      what the broker counts is said; the rest is sent
another session (``--send`` has quit, …)    what was sent is left to the person; the rest is sent
line mode or a bot has started since        the same
the count is impossible                     the same
the last state could not be written         all is left to the person
==========================================  ======================================================

"Left to the person" means: shown as a message that may or may not have been said, and kept until
they take it back, to send it again or not. A start is counted by :mod:`client.identity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from client.identity import NameInUse, claim, make_link_name
from client.link import Link
from client.saved import Store, load
from client.saved_state import Saved, doubted, without_words
from client.screen.effects import OpenAs
from protocol.names import compared
from protocol.phrases import Phrase, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from client.identity import Identity
    from client.screen.effects import Open
    from client.screen.model import Model
    from protocol.phrases import Language


class Person:
    """The names that are claimed here; one run may need several, if some are taken.

    The name that was claimed last counts, whatever the person is called by now. It brings what is
    kept of it, and takes over what was not said under the one before.

    Args:
        folder: where identities are kept.
        endpoint: the broker's.
        language: of what the person is told.

    Attributes:
        identity: the last one claimed, None before any.
        problem: why what was last to be kept is not, in the system's words; empty if it is.
    """

    def __init__(self, folder: Path, endpoint: str, language: Language) -> None:
        self.identity: Identity | None = None
        self.problem = ""
        self._folder = folder
        self._endpoint = endpoint
        self._language = language
        self._identities: list[Identity] = []
        self._store: Store | None = None
        self._untold: list[str] = []

    # ---- names

    def start(self, name: str) -> Saved:
        """Become ``name`` if that is possible; return what is kept."""
        try:
            return self._become(name) if name else Saved()
        except NameInUse:  # the model asks for this name again, and is told then
            return Saved()

    def make_link(self, random: Callable[[], float]) -> Link:
        """Return a link by which the broker knows this client; ``random`` is for its jitter."""
        if self.identity is None:
            return Link(random, make_link_name())
        return Link(random, self.identity.link_name, attempts=self.identity.attempts)

    def open(self, wanted: Open, model: Model, link: Link, now: float) -> None:
        """Open the session that the model asks for, unless another client here has the name."""
        if isinstance(wanted, OpenAs):
            try:
                self._claim(wanted.name, model)
            except NameInUse:
                model.name_in_use(wanted.name)
                return
        elif wanted.renew:
            self.session_over()
        if self.identity is not None:
            session = link.open(self.identity.token, now, name=wanted.name)
            model.opened(session, wanted.name)

    def session_over(self) -> None:
        """The session has ended: its token is worth nothing any more."""
        if self.identity is not None:
            self.identity.renew()

    def close(self) -> None:
        """Let others have the names."""
        for identity in self._identities:
            identity.close()

    # ---- what is kept

    def save(self, saved: Saved) -> None:
        """Keep ``saved`` under the name that was claimed last."""
        if self.identity is None or self._store is None:
            return
        problem = self._write(self.identity, self._store, saved)
        if problem and problem != self.problem:
            self._untold.append(self._not_kept(self.identity, problem))
        self.problem = problem

    def take_complaints(self) -> list[str]:
        """Return what went wrong with what is kept, as sentences, each once."""
        taken, self._untold = self._untold, []
        return taken

    def last_words(self) -> list[str]:
        """Return what the person is to know when the screen is gone."""
        if self.identity is None or not self.problem:
            return []
        return [self._not_kept(self.identity, self.problem)]

    # ---- inside

    def _claim(self, name: str, model: Model) -> None:
        """Become ``name``, with all that was not said so far.

        What a kill in the middle leaves in two files is certain in one of them at most.
        """
        before, store = self.identity, self._store
        if before is not None and compared(before.name) == compared(name):
            return
        left = without_words(model.saved())
        model.adopt(self._become(name))
        if before is not None and store is not None:
            self.save(doubted(model.saved(), all_of_it=True))
            self._write(before, store, left)
        self.save(model.saved())

    def _become(self, name: str) -> Saved:
        for identity in self._identities:
            if compared(identity.name) == compared(name):
                break
        else:
            identity = claim(self._folder, self._endpoint, name)
            self._identities.append(identity)
        self.identity, self._store, self.problem = identity, Store(identity.saved_path), ""
        saved = self._load(identity)
        self.save(saved)
        return saved

    def _load(self, identity: Identity) -> Saved:
        if not identity.saved_path.exists():
            return doubted(load(identity.outdated_path, self._damaged), all_of_it=True)
        saved = load(identity.saved_path, self._damaged)
        if saved.session != identity.session:
            saved = replace(saved, inside=[])
        is_next = saved.starts in {identity.starts - 1, identity.starts}
        is_certain = is_next and saved.session == identity.session
        return saved if is_certain else doubted(saved)

    def _write(self, identity: Identity, store: Store, saved: Saved) -> str:
        stamped = replace(saved, session=identity.session, starts=identity.starts)
        problem = store.write(stamped)
        if problem:
            identity.outdate()
        return problem or identity.problem

    def _damaged(self, path: Path) -> None:
        self._untold.append(say(self._language, Phrase.SAVED_DAMAGED, {"path": str(path)}))

    def _not_kept(self, identity: Identity, problem: str) -> str:
        fields = {"path": str(identity.saved_path), "reason": problem}
        return say(self._language, Phrase.NOT_KEPT, fields)

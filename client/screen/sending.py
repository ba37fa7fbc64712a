"""The person's commands from Enter to the acknowledgement: shown, sent, settled or refused. Pure.

A message is shown at once as pending. It goes when its own event arrives, which may be before the
acknowledgement or after it. What is not acknowledged is kept on disk together with the number of
commands that were: a client that was killed sends, once its session is resumed, exactly the rest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from client.saved_state import SavedPending
from client.screen.transcript import NoteKind
from protocol.errors import Code, Refusal
from protocol.messages import Join, Quit, Rename, Say
from protocol.phrases import Phrase
from protocol.text import clean_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from client.notices import CommandRefused
    from client.outbox import Pending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.events import Said
    from protocol.messages import Command

LATE_AFTER_S: Final = 2.0
"""A command without an answer for so long is late: a broker that is well answers at once."""


@dataclass(slots=True)
class Outgoing:
    """A command without an acknowledgement.

    Attributes:
        key: by which the transcript knows the line.
        command: what is sent.
        serial: the link's handle; 0 while the link has not got it.
        may_be_sent: this program or an earlier one has given it to a link.
        since: when it was given to a link that was connected; None for none.
        arrived: its event came before its acknowledgement.
    """

    key: int
    command: Command
    serial: int = 0
    may_be_sent: bool = False
    since: float | None = None
    arrived: bool = False


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that the broker did not take."""

    key: int
    room: str


class Sending:
    """All commands of this program, in order.

    Attributes:
        delayed: the broker takes nothing for the moment; the link sends again by itself.
    """

    def __init__(self, state: ScreenState) -> None:
        self._state = state
        self._keys = count(1)
        self._applied = 0
        self._queue: deque[Outgoing] = deque()
        self._awaited: dict[tuple[str, int], tuple[str, int]] = {}
        self._refused: list[RefusedMessage] = []
        self._unshown: list[Outgoing] = []
        self.delayed = False

    # ---- facts

    @property
    def pending(self) -> int:
        """How many messages are not acknowledged."""
        return sum(isinstance(outgoing.command, Say) for outgoing in self._queue)

    @property
    def refused(self) -> int:
        """How many refused messages wait to be taken back."""
        return len(self._refused)

    def waits_since(self) -> float | None:
        """Return since when the oldest command has had no answer; None if none is awaited."""
        return self._queue[0].since if self._queue and not self.delayed else None

    def kept(self) -> tuple[int, list[SavedPending]]:
        """Return how many commands are applied, and those after them, as they are kept on disk."""
        return self._applied, [_kept(outgoing.command) for outgoing in self._queue]

    # ---- from the person

    def say(self, tab: Tab, text: str, now: float, at: int, *, action: bool = False) -> None:
        """Say something in a room; what is not allowed is refused without asking the broker."""
        key = next(self._keys)
        try:
            text = clean_message(text)
        except Refusal as refusal:
            tab.transcript.pending(key, at, text, action=action)
            self._refuse(tab, key, self._state.say(refusal.code, **refusal.fields))
            return
        tab.transcript.pending(key, at, text, action=action)
        self._add(Outgoing(key, Say(tab.room, text, action)), now)

    def command(self, command: Command, now: float) -> None:
        """Send something that is no message."""
        self._add(Outgoing(next(self._keys), command), now)

    def take_back(self, tab: Tab) -> str:
        """Take the last refused message of a room out of it and return it; empty if none is."""
        message = next((m for m in reversed(self._refused) if m.room == tab.room), None)
        if message is None:
            return ""
        self._refused.remove(message)
        return tab.transcript.take_back(message.key)

    # ---- the session

    def restore(self, applied: int, kept: Iterable[SavedPending]) -> None:
        """Take what an earlier run left; it waits until the session is resumed."""
        self._applied = applied
        self._queue += [
            Outgoing(next(self._keys), _restored(command), may_be_sent=True) for command in kept
        ]
        self._unshown = list(self._queue)

    def show_restored(self, at: int) -> None:
        """Show what an earlier run left as pending, unless that was done."""
        restored, self._unshown = self._unshown, []
        for outgoing in restored:
            if isinstance(outgoing.command, Say):
                transcript = self._state.tab(outgoing.command.room).transcript
                transcript.pending(
                    outgoing.key, at, outgoing.command.text, action=outgoing.command.action
                )

    def ended(self, applied: int) -> None:
        """The session of an earlier run has ended after so many commands."""
        self._forget_applied(applied)
        self._applied = 0

    def opened(self, applied: int, first: Sequence[Command], now: float) -> None:
        """A session was welcomed for the first time by this link.

        Args:
            applied: how many of its commands are applied.
            first: what is to be sent before all else.
            now: the time.
        """
        self._forget_applied(applied)
        self._applied = applied
        waiting = [o for o in self._queue if not isinstance(o.command, Join | Quit)]
        self._queue.clear()
        for outgoing in (*(Outgoing(next(self._keys), command) for command in first), *waiting):
            self._add(outgoing, now)

    def resumed(self, applied: int, rejoined: Sequence[str]) -> None:
        """The link has the session again; it enters the ``rejoined`` rooms before all else."""
        self._applied = applied
        joins = [Outgoing(next(self._keys), Join(room)) for room in rejoined]
        self._queue.extendleft(reversed(joins))

    def interrupted(self) -> None:
        """The connection was lost: nothing that waits says how quick the broker is."""
        for outgoing in self._queue:
            outgoing.since = None

    def over(self) -> None:
        """The link has forgotten the session: what is left waits for another."""
        for outgoing in self._queue:
            outgoing.serial, outgoing.since = 0, None

    # ---- from the link

    def settled(self, commands: Sequence[Pending], now: float) -> None:
        """Commands were acknowledged."""
        self.delayed = False
        for serial, command in commands:
            self._applied += 1
            outgoing = self._take(serial, command)
            if outgoing is None:
                continue
            if outgoing.since is not None:
                self._state.own.round_trip = now - outgoing.since
            if isinstance(command, Say) and not outgoing.arrived:
                self._awaited[self._state.own.id, self._applied] = (command.room, outgoing.key)
                if tab := self._state.tabs.find(command.room):
                    tab.transcript.settled(outgoing.key)
        self._state.save()

    def was_refused(self, notice: CommandRefused, at: int) -> None:
        """The broker refused a command."""
        outgoing = self._take(notice.serial, notice.command)
        sentence = self._state.say(notice.code, **notice.fields)
        tab = (
            self._state.tabs.find(notice.command.room) if isinstance(notice.command, Say) else None
        )
        if outgoing is not None and tab is not None:
            self._refuse(tab, outgoing.key, sentence)
        elif notice.code != Code.ALREADY_IN_ROOM:
            self._state.note(at, sentence, NoteKind.ERROR)
        self._state.save()

    def own_event(self, tab: Tab, event: Said) -> None:
        """A message of the person's is in its room: the pending line goes."""
        _room, key = self._awaited.pop((event.author, event.n), ("", 0))
        if key:
            tab.transcript.arrived(key)
        elif event.author == self._state.own.id and event.n > self._applied:
            said = Say(tab.room, event.text, event.action)
            for outgoing in self._queue:
                if outgoing.command == said and not outgoing.arrived:
                    outgoing.arrived = True
                    tab.transcript.arrived(outgoing.key)
                    return

    def events_gone(self, tab: Tab) -> None:
        """Events of a room are gone, and with them perhaps those that were awaited."""
        for place, (room, key) in list(self._awaited.items()):
            if room == tab.room:
                del self._awaited[place]
                tab.transcript.arrived(key)

    def journal_changed(self) -> None:
        """What was acknowledged and has not arrived is lost, or nobody can tell."""
        awaited, self._awaited = self._awaited, {}
        for room, key in awaited.values():
            self._refuse(self._state.tab(room), key, self._state.say(Phrase.MAY_BE_LOST))

    # ---- helpers

    def _add(self, outgoing: Outgoing, now: float) -> None:
        own = self._state.own
        self._queue.append(outgoing)
        if own.welcomed:
            outgoing.serial = self._state.link.submit(own.session, outgoing.command)
            outgoing.may_be_sent = True
            outgoing.since = now if self._state.is_connected else None
        self._state.save()

    def _take(self, serial: int, command: Command) -> Outgoing | None:
        """Return what the link settled or dropped; what it submitted itself has no serial here."""
        for place, outgoing in enumerate(self._queue):
            if outgoing.serial == serial or (not outgoing.serial and outgoing.command == command):
                del self._queue[place]
                return outgoing
        return None

    def _refuse(self, tab: Tab, key: int, sentence: str) -> None:
        tab.transcript.refused(key, sentence)
        self._refused.append(RefusedMessage(key, tab.room))

    def _forget_applied(self, applied: int) -> None:
        """The session has ``applied`` commands: the first of what may have been sent are among."""
        for _ in range(applied - self._applied):
            if not (self._queue and self._queue[0].may_be_sent):
                return
            outgoing = self._queue.popleft()
            if isinstance(outgoing.command, Say):
                self._state.tab(outgoing.command.room).transcript.arrived(outgoing.key)


def _kept(command: Command) -> SavedPending:
    """Return a command as it is kept: joins have no text, and new names no room."""
    match command:
        case Say(room, text, action):
            return SavedPending(room, text, action)
        case Join(room):
            return SavedPending(room, "")
        case Rename(name):
            return SavedPending("", name)
        case Quit():
            return SavedPending("", "")


def _restored(kept: SavedPending) -> Command:
    if kept.room and kept.text:
        return Say(kept.room, kept.text, kept.action)
    if kept.room:
        return Join(kept.room)
    return Rename(kept.text) if kept.text else Quit()

"""The person's commands from Enter to the acknowledgement: shown, sent, settled or refused. Pure.

A message is shown at once as pending. It goes when its own event arrives, which may be before the
acknowledgement or after it. What is not acknowledged is kept on disk, before it is sent, together
with the number of commands that were: :mod:`client.screen.person` says what becomes of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from client.saved_state import Saved, SavedPending, SavedRefused
from client.screen.transcript import NoteKind
from protocol.errors import Code, Refusal
from protocol.messages import Join, Quit, Rename, Say
from protocol.phrases import Phrase
from protocol.text import clean_message

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        may_be_sent: this program or an earlier one has given it to a connection.
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
    """A message that was not said, as far as anybody knows; the person may send it again."""

    key: int
    message: Say
    reason: str


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
        self._awaited: dict[tuple[str, int], tuple[int, Say]] = {}
        self._refused: list[RefusedMessage] = []
        self._unshown: list[tuple[int, Say]] = []
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

    def keep(self, saved: Saved) -> Saved:
        """Return ``saved`` with what is to be known of all commands."""
        return replace(
            saved,
            applied=self._applied,
            pending=[_kept(outgoing) for outgoing in self._queue],
            refused=[
                SavedRefused(said.room, said.text, said.action, reason)
                for said, reason in ((refused.message, refused.reason) for refused in self._refused)
            ],
        )

    # ---- from the person

    def say(self, tab: Tab, text: str, now: float, at: int, *, action: bool = False) -> None:
        """Say something in a room; what is not allowed is refused without asking the broker."""
        key = next(self._keys)
        try:
            text = clean_message(text)
        except Refusal as refusal:
            tab.transcript.pending(key, at, text, action=action)
            sentence = self._state.say(refusal.code, **refusal.fields)
            self._refuse(key, Say(tab.room, text, action), sentence)
            return
        tab.transcript.pending(key, at, text, action=action)
        self._add(Outgoing(key, Say(tab.room, text, action)), now)

    def command(self, command: Command, now: float) -> None:
        """Send something that is no message."""
        self._add(Outgoing(next(self._keys), command), now)

    def take_back(self, tab: Tab) -> str:
        """Take the last refused message of a room out of it and return it; empty if none is."""
        of_room = (r for r in reversed(self._refused) if r.message.room == tab.room)
        refused = next(of_room, None)
        if refused is None:
            return ""
        self._refused.remove(refused)
        tab.transcript.take_back(refused.key)
        return refused.message.text

    # ---- what was kept

    def restore(self, saved: Saved) -> None:
        """Take what is kept of an earlier run; it waits until its session is resumed.

        What waits already was typed later. What of it may have been sent is in doubt, for it was
        sent in another session.
        """
        self.doubt()
        self._applied = saved.applied
        kept = [
            Outgoing(next(self._keys), _restored(pending), may_be_sent=not pending.unsent)
            for pending in saved.pending
        ]
        self._queue.extendleft(reversed(kept))
        self._unshown += [(o.key, o.command) for o in kept if isinstance(o.command, Say)]
        for refused in saved.refused:
            key, message = next(self._keys), Say(refused.room, refused.text, refused.action)
            self._unshown.append((key, message))
            self._refuse(key, message, refused.reason or self._state.say(Phrase.MAY_BE_SAID))

    def show_restored(self, at: int) -> None:
        """Show what an earlier run left, unless that was done."""
        restored, self._unshown = self._unshown, []
        for key, message in restored:
            transcript = self._state.tab(message.room).transcript
            transcript.pending(key, at, message.text, action=message.action)
        keys = {key for key, _ in restored}
        for refused in self._refused:
            if refused.key in keys:
                self._state.tab(refused.message.room).transcript.refused(
                    refused.key, refused.reason
                )

    def doubt(self) -> None:
        """Nobody can tell what of all that may have been sent was applied: ask the person."""
        sent = [outgoing for outgoing in self._queue if outgoing.may_be_sent]
        self._queue = deque(outgoing for outgoing in self._queue if not outgoing.may_be_sent)
        for outgoing in sent:
            if isinstance(outgoing.command, Say):
                reason = self._state.say(Phrase.MAY_BE_SAID)
                self._refuse(outgoing.key, outgoing.command, reason)

    # ---- the session

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
        self._state.save(at_once=True)

    def resumed(self, applied: int, rejoined: Sequence[str]) -> None:
        """The link has the session again; it enters the ``rejoined`` rooms before all else."""
        self._applied = applied
        joins = [Outgoing(next(self._keys), Join(room)) for room in rejoined]
        self._queue.extendleft(reversed(joins))
        for outgoing in self._queue:
            outgoing.may_be_sent = True
        self._state.save(at_once=True)

    def interrupted(self) -> None:
        """The connection was lost: nothing that waits says how quick the broker is."""
        for outgoing in self._queue:
            outgoing.since = None

    def not_opened(self) -> None:
        """The broker would not open the session: what is left waits for another try."""
        for outgoing in self._queue:
            outgoing.serial, outgoing.since = 0, None

    def ended(self, applied: int) -> None:
        """The session of an earlier run has ended after so many commands."""
        self._forget_applied(applied)
        self.over()

    def over(self) -> None:
        """The session is over. All of it that was applied is settled: the rest never will be."""
        self.not_opened()
        self._applied = 0
        for outgoing in self._queue:
            outgoing.may_be_sent = False
        self._state.save(at_once=True)

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
                self._awaited[self._state.own.id, self._applied] = (outgoing.key, command)
                if tab := self._state.tabs.find(command.room):
                    tab.transcript.settled(outgoing.key)
        self._state.save()

    def was_refused(self, notice: CommandRefused, at: int) -> None:
        """The broker refused a command."""
        outgoing = self._take(notice.serial, notice.command)
        sentence = self._state.say(notice.code, **notice.fields)
        if outgoing is not None and isinstance(outgoing.command, Say):
            self._refuse(outgoing.key, outgoing.command, sentence)
        elif notice.code != Code.ALREADY_IN_ROOM:
            self._state.note(at, sentence, NoteKind.ERROR)
        self._state.save(at_once=True)

    def own_event(self, tab: Tab, event: Said) -> None:
        """A message of the person's is in its room: the pending line goes."""
        key, _ = self._awaited.pop((event.author, event.n), (0, None))
        if key:
            tab.transcript.arrived(key)
        elif event.author == self._state.own.id and self._state.own.welcomed:
            self._arrived_early(tab, event)

    def events_gone(self, tab: Tab) -> None:
        """Events of a room are gone, and with them perhaps those that were awaited."""
        for place, (key, message) in list(self._awaited.items()):
            if message.room == tab.room:
                del self._awaited[place]
                tab.transcript.arrived(key)

    def journal_changed(self) -> None:
        """What was acknowledged and has not arrived is lost, or nobody can tell."""
        awaited, self._awaited = self._awaited, {}
        for key, message in awaited.values():
            self._refuse(key, message, self._state.say(Phrase.MAY_BE_LOST))
        self._state.save()

    # ---- helpers

    def _add(self, outgoing: Outgoing, now: float) -> None:
        own = self._state.own
        self._queue.append(outgoing)
        if own.welcomed:
            outgoing.serial = self._state.link.submit(own.session, outgoing.command)
            outgoing.may_be_sent = self._state.is_connected
            outgoing.since = now if self._state.is_connected else None
        self._state.save(at_once=True)

    def _take(self, serial: int, command: Command) -> Outgoing | None:
        """Return what the link settled or dropped; what it submitted itself has no serial here."""
        for place, outgoing in enumerate(self._queue):
            if outgoing.serial == serial or (not outgoing.serial and outgoing.command == command):
                del self._queue[place]
                return outgoing
        return None

    def _refuse(self, key: int, message: Say, reason: str) -> None:
        self._state.tab(message.room).transcript.refused(key, reason)
        self._refused.append(RefusedMessage(key, message, reason))
        self._state.save()

    def _arrived_early(self, tab: Tab, event: Said) -> None:
        """An own event came before the acknowledgement of its command: its number says whose."""
        place = event.n - self._applied - 1
        if not 0 <= place < len(self._queue):
            return
        outgoing = self._queue[place]
        if outgoing.command == Say(tab.room, event.text, event.action):
            outgoing.arrived = True
            tab.transcript.arrived(outgoing.key)

    def _forget_applied(self, applied: int) -> None:
        """The session has ``applied`` commands: the first of what may have been sent are among.

        It has fewer than were acknowledged if the broker forgot it, and more than were sent if
        somebody else used it.
        """
        more = applied - self._applied
        if not 0 <= more <= sum(outgoing.may_be_sent for outgoing in self._queue):
            self.doubt()
            return
        for _ in range(more):
            outgoing = self._queue.popleft()
            if isinstance(outgoing.command, Say):
                self._state.tab(outgoing.command.room).transcript.arrived(outgoing.key)


def _kept(outgoing: Outgoing) -> SavedPending:
    """Return a command as it is kept: joins have no text, and new names no room."""
    room, text, action = "", "", False
    match outgoing.command:
        case Say(room, text, action):
            pass
        case Join(room):
            pass
        case Rename(text):
            pass
    return SavedPending(room, text, action, unsent=not outgoing.may_be_sent)


def _restored(kept: SavedPending) -> Command:
    if kept.room and kept.text:
        return Say(kept.room, kept.text, kept.action)
    if kept.room:
        return Join(kept.room)
    return Rename(kept.text) if kept.text else Quit()

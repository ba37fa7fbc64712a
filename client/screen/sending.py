"""The person's commands from Enter to the acknowledgement: shown, sent, settled or refused. Pure.

A message is shown at once as pending. It goes when its own event arrives, which may be before the
acknowledgement or after it. What is not acknowledged is kept on disk, before it is sent, together
with the number of commands that were: :mod:`client.screen.person` says what becomes of it.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from client.saved_state import Saved, SavedRefused
from client.screen.transcript import NoteKind
from client.screen.waiting import Outgoing, RefusedMessage, kept, restored
from protocol.commands import Delete, Edit, Join, Quit, Say, Tell
from protocol.errors import Code, Refusal
from protocol.phrases import Phrase
from protocol.text import clean_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.notices import CommandRefused
    from client.outbox import Pending
    from client.screen.state import ScreenState
    from client.screen.tabs import Tab
    from protocol.commands import Command
    from protocol.events import Said

LATE_AFTER_S: Final = 2.0
"""A command without an answer for so long is late: a broker that is well answers at once."""


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
        self._unshown: list[Outgoing] = []
        self.delayed = False

    # ---- facts

    @property
    def pending(self) -> int:
        """How much of what the person said or asked for is not acknowledged."""
        return sum(not outgoing.by_itself for outgoing in self._queue)

    @property
    def unsent(self) -> int:
        """How much of that is sent by the next run, if it has not been by then."""
        return sum(not isinstance(outgoing.command, Join | Quit) for outgoing in self._queue)

    @property
    def refused(self) -> int:
        """How many refused messages wait to be taken back."""
        return len(self._refused)

    def refused_in(self, wanted: str) -> str:
        """Return the room of the last refused message, ``wanted`` if one is there; or nothing."""
        rooms = [refused.message.room for refused in self._refused]
        return wanted if wanted in rooms else rooms[-1] if rooms else ""

    def begins_talk(self, tab: Tab) -> bool:
        """Whether a message typed here, which opens a conversation, has no answer yet."""
        return any(_room_of_first_word(outgoing) == tab.room for outgoing in self._queue)

    def enters(self, room: str) -> bool:
        """Whether the person has asked to be let into a room, and has had no answer."""
        return any(isinstance(o.command, Join) and o.command.room == room for o in self._queue)

    def mark_changes(self) -> None:
        """Show at an own message that a change of it waits; one that waits itself is marked."""
        changing: dict[str, bool] = {}
        for outgoing in self._queue:
            match outgoing.command:
                case Say(room):
                    changing.setdefault(room, False)
                case Edit(room) | Delete(room, who=""):
                    changing.setdefault(room, True)
                case _:
                    pass
        for tab in self._state.tabs:
            is_waiting = changing.get(tab.room, False)
            tab.transcript.mark_change(self._state.own.ids, is_waiting=is_waiting)

    def waits_since(self) -> float | None:
        """Return since when the oldest command has had no answer; None if none is awaited."""
        return self._queue[0].since if self._queue and not self.delayed else None

    def keep(self, saved: Saved) -> Saved:
        """Return ``saved`` with what is to be known of all commands."""
        return replace(
            saved,
            applied=self._applied,
            pending=[kept(outgoing) for outgoing in self._queue],
            refused=[
                SavedRefused(said.room, said.text, said.action, reason)
                for said, reason in ((refused.message, refused.reason) for refused in self._refused)
            ],
        )

    # ---- from the person

    def say(self, tab: Tab, text: str, now: float, at: int, *, action: bool = False) -> None:
        """Say something in a room; what is not allowed is refused without asking the broker."""
        said = Say(tab.room, text, action)
        self._speak(Outgoing(next(self._keys), said, said), now, at)

    def tell(self, who: str, text: str, tab: Tab | None, now: float, at: int) -> None:
        """Say something to one person; ``tab`` is their conversation, if there is one.

        Where there is none it is not shown before it has arrived, and given back as it was typed.
        """
        if tab is None:
            here = self._state.tabs.focus
            here.meant_for = who
            words = Say(here.room, f"/msg {who} {text}")
        else:
            words = Say(tab.room, text)
        outgoing = Outgoing(next(self._keys), Tell(who, text), words)
        self._speak(outgoing, now, at, is_shown=tab is not None)

    def command(self, command: Command, now: float, *, by_itself: bool = False) -> None:
        """Send something that is no message, which the person asked for unless ``by_itself``."""
        self._add(Outgoing(next(self._keys), command, by_itself=by_itself), now)

    def take_back(self, tab: Tab) -> str:
        """Take the last refused message of a room out of it and return it; empty if none is."""
        of_room = (r for r in reversed(self._refused) if r.message.room == tab.room)
        refused = next(of_room, None)
        if refused is None:
            return ""
        self._refused.remove(refused)
        tab.transcript.own.take_back(refused.key)
        return refused.message.text

    def drop_refused(self, tab: Tab) -> None:
        """The refused messages of a room are wanted no longer."""
        while self.take_back(tab):
            pass

    # ---- what was kept

    def restore(self, saved: Saved) -> None:
        """Take what is kept of an earlier run; it waits until its session is resumed.

        What waits already was typed later. What of it may have been sent is in doubt, for it was
        sent in another session.
        """
        self.doubt()
        self._applied = saved.applied
        before = [restored(pending, next(self._keys)) for pending in saved.pending]
        self._queue.extendleft(reversed(before))
        self._unshown += [outgoing for outgoing in before if isinstance(outgoing.command, Say)]
        for outgoing in before:
            if isinstance(outgoing.command, Tell) and (room := _room_of_first_word(outgoing)):
                self._state.tab(room).meant_for = outgoing.command.who
        for refused in saved.refused:
            key, message = next(self._keys), Say(refused.room, refused.text, refused.action)
            self._unshown.append(Outgoing(key, message, message))
            self._refuse(key, message, refused.reason or self._state.say(Phrase.MAY_BE_SAID))

    def show_restored(self, at: int) -> None:
        """Show what an earlier run left, unless that was done."""
        unshown, self._unshown = self._unshown, []
        for outgoing in unshown:
            self._show(outgoing, at)
        keys = {outgoing.key for outgoing in unshown}
        for refused in self._refused:
            if refused.key in keys:
                own = self._state.tab(refused.message.room).transcript.own
                own.refused(refused.key, refused.reason)

    def doubt(self) -> None:
        """Nobody can tell what of all that may have been sent was applied: ask the person."""
        sent = [outgoing for outgoing in self._queue if outgoing.may_be_sent]
        self._queue = deque(outgoing for outgoing in self._queue if not outgoing.may_be_sent)
        for outgoing in sent:
            if outgoing.words is not None:
                if isinstance(outgoing.command, Tell):
                    self._show(outgoing, self._state.at)
                reason = self._state.say(Phrase.MAY_BE_SAID)
                self._refuse(outgoing.key, outgoing.words, reason)

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
        entering = [Outgoing(next(self._keys), command, by_itself=True) for command in first]
        for outgoing in (*entering, *waiting):
            self._add(outgoing, now)
        self._state.save(at_once=True)

    def resumed(self, applied: int, rejoined: Sequence[str]) -> None:
        """The link has the session again; it enters the ``rejoined`` rooms before all else."""
        self._applied = applied
        joins = [Outgoing(next(self._keys), Join(room), by_itself=True) for room in rejoined]
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
            if outgoing.words and outgoing.is_shown and not outgoing.arrived:
                self._awaited[self._state.own.id, self._applied] = (outgoing.key, outgoing.words)
                if tab := self._state.tabs.find(outgoing.words.room):
                    tab.transcript.own.settled(outgoing.key)
        self._state.save()

    def was_refused(self, notice: CommandRefused, at: int) -> None:
        """The broker refused a command."""
        outgoing = self._take(notice.serial, notice.command)
        sentence = self._state.refusal(notice.code, notice.fields)
        if outgoing is not None and outgoing.words is not None:
            self._show(outgoing, at)
            self._refuse(outgoing.key, outgoing.words, sentence)
        elif notice.code != Code.ALREADY_IN_ROOM:
            self._state.note(at, sentence, NoteKind.ERROR)
        self._state.save(at_once=True)

    def own_event(self, tab: Tab, event: Said) -> None:
        """A message of the person's is in its room: the pending line goes."""
        key, _ = self._awaited.pop((event.author, event.n), (0, None))
        if key:
            tab.transcript.own.arrived(key)
        elif event.author == self._state.own.id and self._state.own.welcomed:
            self._arrived_early(tab, event)

    def events_gone(self, tab: Tab) -> None:
        """Events of a room are gone, and with them perhaps those that were awaited."""
        for place, (key, message) in list(self._awaited.items()):
            if message.room == tab.room:
                del self._awaited[place]
                tab.transcript.own.arrived(key)

    def journal_changed(self) -> None:
        """What was acknowledged and has not arrived is lost, or nobody can tell."""
        awaited, self._awaited = self._awaited, {}
        for key, message in awaited.values():
            self._refuse(key, message, self._state.say(Phrase.MAY_BE_LOST))
        self._state.save()

    # ---- helpers

    def _speak(self, outgoing: Outgoing, now: float, at: int, *, is_shown: bool = True) -> None:
        """Send words, unless they are not allowed."""
        command, words = outgoing.command, outgoing.words
        if words is None or not isinstance(command, Say | Tell):
            return
        try:
            text = clean_message(command.text)
        except Refusal as refusal:
            self._show(outgoing, at)
            self._refuse(outgoing.key, words, self._state.refusal(refusal.code, refusal.fields))
            return
        outgoing.command = replace(command, text=text)
        if words.text == command.text:
            outgoing.words = replace(words, text=text)
        if is_shown:
            self._show(outgoing, at)
        self._add(outgoing, now)

    def _show(self, outgoing: Outgoing, at: int) -> None:
        """Have the line of what is said in its transcript."""
        words = outgoing.words
        if words is None or outgoing.is_shown:
            return
        outgoing.is_shown = True
        own = self._state.tab(words.room).transcript.own
        own.pending(outgoing.key, at, words.text, action=words.action)

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
        self._state.tab(message.room).transcript.own.refused(key, reason)
        self._refused.append(RefusedMessage(key, message, reason))
        self._state.save()

    def _arrived_early(self, tab: Tab, event: Said) -> None:
        """An own event came before the acknowledgement of its command: its number says whose."""
        place = event.n - self._applied - 1
        if not 0 <= place < len(self._queue):
            return
        outgoing = self._queue[place]
        if outgoing.words == Say(tab.room, event.text, event.action):
            outgoing.arrived = True
            tab.transcript.own.arrived(outgoing.key)

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
            if outgoing.words is not None:
                self._state.tab(outgoing.words.room).transcript.own.arrived(outgoing.key)


def _room_of_first_word(outgoing: Outgoing) -> str:
    """Return where something was typed that opens a conversation; empty for anything else."""
    command, words = outgoing.command, outgoing.words
    is_first = isinstance(command, Tell) and words is not None and words.text != command.text
    return words.room if is_first and words is not None else ""

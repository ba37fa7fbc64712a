"""Whatever breaks, everything that was typed is said once, and every screen shows it once."""

import json
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from client.screen.keymap import Action, When
from runtime.private_files import replace_private
from tests.client.screen.screens import ELSEWHERE, Screen, ScreenLoop

PEOPLE = st.integers(0, 1)


class Faults(RuleBasedStateMachine):
    """Two people talk while connections, disks, the broker and the clients come and go."""

    @initialize()
    def start(self) -> None:
        self.full_homes: set[Path] = set()
        self.patches = [
            patch(f"client.{module}.replace_private", self.write)
            for module in ("identity", "saved")
        ]
        for patched in self.patches:
            patched.start()
        self.loop = ScreenLoop()
        self.people = [self.loop.arrive("ann"), self.loop.arrive("bob")]
        self.typed: list[set[str]] = [set(), set()]
        self.told: set[str] = set()
        self.may_be_lost: set[str] = set()
        self.may_be_in_doubt = False

    def write(self, path: Path, data: bytes) -> None:
        if path.parent in self.full_homes:
            raise OSError(28, "No space left on device")
        replace_private(path, data)

    @rule(who=PEOPLE, text=st.sampled_from(["hello", "ok", "ok"]))
    def say(self, who: int, text: str) -> None:
        screen = self.people[who]
        if screen.mode() is When.INPUT:
            self.enter(who, self.new(text), private=screen.model.focus != "lobby")

    @rule(who=PEOPLE, text=st.sampled_from(["psst", "ok"]))
    def tell(self, who: int, text: str) -> None:
        if self.people[who].mode() is When.INPUT:
            name = self.people[1 - who].model._state.own.name
            self.enter(who, self.new(text), before=f"/msg {name} ", private=True)

    @rule(who=PEOPLE)
    def go_to_another_room(self, who: int) -> None:
        self.people[who].press(Action.NEXT_ROOM)

    def new(self, text: str) -> str:
        return f"{text} {len(self.typed[0] | self.typed[1])}"

    def enter(self, who: int, text: str, *, before: str = "", private: bool) -> None:
        """Type something; what is private is refused once the other has gone for good.

        What cannot be said here now stays in the input, and is given up; what may be meant for the
        other one is said to them.
        """
        screen = self.people[who]
        screen.enter(before + text)
        if screen.input == text:
            screen.input = ""
            screen.model.draft_changed("", 0)
            return
        if screen.input:
            assert screen.input.startswith("/msg ")
            screen.enter()
            private = True
        self.typed[who].add(text)
        if private:
            self.told.add(text)

    @rule(who=PEOPLE, number=st.integers(0, 2))
    def rename(self, who: int, number: int) -> None:
        if self.people[who].mode() is When.INPUT:
            self.people[who].enter(f"/nick x{number}")  # which the other may have

    @rule()
    def settle(self) -> None:
        self.loop.settle()

    @rule(seconds=st.sampled_from([0.05, 0.5, 3.0, 20.0, 50.0]))
    def wait(self, seconds: float) -> None:
        self.loop.wait(seconds)

    @rule(who=PEOPLE, noticed=st.booleans(), lose=st.booleans())
    def cut(self, who: int, noticed: bool, lose: bool) -> None:
        self.people[who].cut(noticed=noticed, lose=lose)

    @rule(who=PEOPLE)
    def lose_broadcasts(self, who: int) -> None:
        screen = self.people[who]
        screen.loses_broadcasts = not screen.loses_broadcasts

    @rule(who=PEOPLE)
    def one_turn(self, who: int) -> None:
        self.people[who].turn()

    @rule()
    def broker_restarts(self) -> None:
        if self.loop.is_up:
            self.loop.kill()
        else:
            self.loop.start()

    @rule()
    def journal_disk_full(self) -> None:
        self.loop.full = not self.loop.full

    @rule(who=PEOPLE)
    def home_disk_full(self, who: int) -> None:
        self.full_homes ^= {self.people[who].home}
        self.not_kept(who)

    @rule(who=PEOPLE)
    def client_dies_and_starts(self, who: int) -> None:
        self.kill(who)
        self.come_back(who)

    @rule(who=PEOPLE, quits=st.booleans(), settles=st.booleans())
    def another_mode_is_used_between(self, who: int, quits: bool, settles: bool) -> None:
        home = self.people[who].home
        self.kill(who)
        self.may_be_in_doubt = True
        name = self.people[who].settings.name
        self.loop.talk_elsewhere(home, name, quits=quits, settles=settles)
        self.come_back(who)

    def kill(self, who: int) -> None:
        self.people[who].die()
        if self.people[who].home in self.full_homes:
            self.not_kept(who)

    def not_kept(self, who: int) -> None:
        """What was typed so far may have come to a full disk; the person was told so."""
        self.may_be_lost |= self.typed[who]
        self.may_be_in_doubt = True

    def come_back(self, who: int) -> None:
        before = self.people[who]
        self.people[who] = self.loop.screen(before.settings.name, home=before.home)

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        for patched in self.patches:
            patched.stop()
        self.loop.full = False
        if not self.loop.is_up:
            self.loop.start()
        for screen in self.people:
            screen.loses_broadcasts = False
        self.loop.wait(120.0)
        for screen in self.people:
            if screen.mode() is When.PROMPT:  # a session that nobody could keep had the name
                screen.model.submit(screen.settings.name, self.loop.now, screen.at)
        self.loop.wait(10.0)
        said = [
            text
            for room in self.loop.core.state.rooms
            for text in _said(self.loop, room)
            if text != ELSEWHERE
        ]
        assert len(said) == len(set(said))
        left = [{_words(refused.text) for refused in s.model.saved().refused} for s in self.people]
        for typed, refused in zip(self.typed, left, strict=True):
            assert typed - set(said) - refused <= self.may_be_lost
        assert self.may_be_in_doubt or not set().union(*left) - self.told
        for screen in self.people:
            while screen.model.focus != "lobby":
                screen.press(Action.NEXT_ROOM)
            self.check_screen(screen, set(_said(self.loop, "lobby")) - {ELSEWHERE})

    def check_screen(self, screen: Screen, said: set[str]) -> None:
        assert screen.status.startswith("connected"), screen.status
        assert "pending" not in screen.status
        assert ("refused" in screen.status) == bool(screen.model.saved().refused)
        texts = [" ".join(row.split()[-2:]) for row in screen.rows(height=400)]
        for text in said:
            assert texts.count(text) == 1, text
        assert screen.people == sorted(
            session.name for session in self.loop.core.state.sessions.values()
        )


def _said(loop: ScreenLoop, room: str) -> list[str]:
    """Return all that the journal has of what was said in a room, in order."""
    head = loop.core.state.rooms[room].head
    events = map(json.loads, loop.journal.page(room, 1, head, 10_000, 10_000_000).events)
    return [event[6] for event in events if event[0] == "said"]


def _words(refused: str) -> str:
    """Return what was to be said, also where it is given back with its command."""
    return refused.split(maxsplit=2)[2] if refused.startswith("/msg ") else refused


Faults.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestFaults = Faults.TestCase

"""Whatever breaks, everything that was typed is said once, and every screen shows it once."""

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.client.screen.screens import Screen, ScreenLoop


class Faults(RuleBasedStateMachine):
    """Two people talk while connections, the broker and the clients themselves come and go."""

    @initialize()
    def start(self) -> None:
        self.loop = ScreenLoop()
        self.people = [self.loop.arrive("ann"), self.loop.arrive("bob")]
        self.disk = [screen.model.saved() for screen in self.people]
        self.typed: list[str] = []
        self.unkept: list[set[str]] = [set(), set()]
        self.may_be_lost: set[str] = set()
        self.was_late = [False, False]

    def screen(self, who: int) -> Screen:
        return self.people[who]

    @rule(who=st.integers(0, 1), text=st.sampled_from(["hello", "ok", "ok"]))
    def say(self, who: int, text: str) -> None:
        text = f"{text} {len(self.typed)}"
        self.screen(who).enter(text)
        self.typed.append(text)
        self.unkept[who].add(text)

    @rule(who=st.integers(0, 1), number=st.integers(0, 3))
    def rename(self, who: int, number: int) -> None:
        self.screen(who).enter(f"/nick {'ab'[who]}{number}")

    @rule()
    def settle(self) -> None:
        self.loop.settle()

    @rule(seconds=st.sampled_from([0.05, 0.5, 3.0, 20.0, 50.0]))
    def wait(self, seconds: float) -> None:
        self.loop.wait(seconds)

    @rule(who=st.integers(0, 1), noticed=st.booleans(), lose=st.booleans())
    def cut(self, who: int, noticed: bool, lose: bool) -> None:
        self.screen(who).cut(noticed=noticed, lose=lose)

    @rule(who=st.integers(0, 1))
    def lose_broadcasts(self, who: int) -> None:
        screen = self.screen(who)
        screen.loses_broadcasts = not screen.loses_broadcasts

    @rule(who=st.integers(0, 1))
    def one_turn(self, who: int) -> None:
        self.screen(who).turn()

    @rule()
    def broker_restarts(self) -> None:
        if self.loop.is_up:
            self.loop.kill()
        else:
            self.loop.start()

    @rule()
    def disk_full(self) -> None:
        self.loop.full = not self.loop.full

    @rule(who=st.integers(0, 1))
    def keep(self, who: int) -> None:
        if not self.is_unsure(who):
            self.disk[who] = self.screen(who).model.saved()
            self.unkept[who].clear()

    @rule(who=st.integers(0, 1), in_time=st.booleans())
    def client_dies_and_starts(self, who: int, in_time: bool) -> None:
        before, was_unsure = self.screen(who), self.is_unsure(who)
        kept = before.die()
        if not in_time or was_unsure:  # what was typed in the last moment was not kept
            kept = self.disk[who]
            self.may_be_lost |= self.unkept[who]
        self.was_late[who] = not in_time or was_unsure
        self.disk[who] = kept
        self.unkept[who].clear()
        name = before.settings.name
        self.people[who] = self.loop.screen(name, kept=kept, tokens=before.tokens)

    def is_unsure(self, who: int) -> bool:
        """Whether what is on disk is behind the session, and nobody has told the client so."""
        return self.was_late[who] and not self.screen(who).model._state.own.welcomed

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        self.loop.full = False
        if not self.loop.is_up:
            self.loop.start()
        for screen in self.people:
            screen.loses_broadcasts = False
        self.loop.wait(120.0)
        said = _said(self.loop)
        assert len(said) == len(set(said))
        assert set(self.typed) - self.may_be_lost <= set(said) <= set(self.typed)
        for screen in self.people:
            assert screen.status.startswith("connected"), screen.status
            assert "pending" not in screen.status
            assert "refused" not in screen.status
            texts = [" ".join(row.split()[-2:]) for row in screen.rows(height=400)]
            for text in said:
                assert texts.count(text) == 1, text
            assert screen.people == sorted(
                session.name for session in self.loop.core.state.sessions.values()
            )


def _said(loop: ScreenLoop) -> list[str]:
    """Return all that the journal has of what was said, in order."""
    head = loop.core.state.rooms["lobby"].head
    events = map(json.loads, loop.journal.page("lobby", 1, head, 10_000, 10_000_000).events)
    return [event[6] for event in events if event[0] == "said"]


Faults.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestFaults = Faults.TestCase

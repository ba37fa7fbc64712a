"""Many rooms on one screen: counts, jumps and drafts, against a simple account of what is right.

The broker has one room so far; the others are entered by telling the model so.
"""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from client.notices import Notice, RoomClosed, RoomEntered, RoomEvents
from client.screen import effects
from client.screen.keymap import ROOM_ACTIONS, Action, When
from client.settings import ClientSettings, Notify
from protocol.events import Joined, Said
from protocol.messages import Entered
from protocol.questions import Kind
from tests.client.screen.screens import Screen, ScreenLoop, text_of

ROOMS = ("lobby", "dev", "ops", "bob")
PRIVATE = "bob"


def shown(room: str) -> str:
    return room if room == PRIVATE else f"#{room}"


@dataclass
class House:
    """A screen with several rooms, all but the lobby told."""

    screen: Screen
    numbers: dict[str, int] = field(default_factory=dict)

    def enter(self, room: str, *, private: bool = False) -> None:
        session = self.screen.model._state.own.session
        own = self.screen.model._state.own.id
        kind, other = (Kind.TALK, room) if private else (Kind.PUBLIC, "")
        entered = Entered(session, int(not private), "j1", room, 1, 1, 1)
        joined = Joined(1, self.screen.at, own, "ann", 1, "u")
        notices: list[Notice] = [
            RoomEntered(session, room, 1, entered, kind, "", 1, other, other),
            RoomEvents(room, [joined]),
        ]
        self.screen.model.notice(notices, self.screen.loop.now, self.screen.at)
        self.numbers[room] = 1

    def say(self, room: str, text: str, author: str = "bob") -> None:
        number = self.numbers[room] = self.numbers[room] + 1
        event = Said(number, self.screen.at, author, author, number, text)
        notice = RoomEvents(room, [event])
        self.screen.model.notice([notice], self.screen.loop.now, self.screen.at)
        self.screen.run_effects()

    def press(self, *actions: Action) -> None:
        for action in actions:
            self.screen.model.do(action, self.screen.loop.now, self.screen.at)
            self.screen.run_effects()

    @property
    def focus(self) -> str:
        return self.screen.model.focus


def make_house(settings: ClientSettings | None = None) -> House:
    loop = ScreenLoop()
    screen = loop.screen("ann", settings=settings)
    loop.settle()
    house = House(screen, {"lobby": 1})
    for room in ROOMS[1:]:
        house.enter(room, private=room == PRIVATE)
    return house


@pytest.fixture
def house() -> House:
    return make_house()


def test_the_list_shows_what_is_new_where(house: House) -> None:
    house.say("dev", "hello")
    house.say("dev", "ann: look")
    house.say("ops", "hello")
    house.say("bob", "psst")
    assert [row.split() for row in house.screen.rooms] == [
        ["1", "#lobby"], ["2", "#dev", "2", "1!"], ["3", "#ops", "1"], ["4", "bob", "1!"],
    ]  # fmt: skip
    styles = [dict(row) for row in house.screen.model.rooms_rows(16, 20)]
    assert "class:room.focus" in styles[0]
    assert "class:count.mention" in styles[1]
    assert "class:room.unread" in styles[2]
    assert "class:count.mention" in styles[3]
    assert house.screen.model.title() == "(4, 2!) #lobby - Hubbub"


def test_the_next_active_room_is_private_then_called_then_the_others(house: House) -> None:
    house.say("dev", "hello")
    house.say("ops", "ann: look")
    house.say("bob", "psst")
    seen = []
    for _ in range(4):
        house.press(Action.NEXT_ACTIVE)
        seen.append(house.focus)
    assert seen == ["bob", "ops", "dev", "dev"]
    assert "nothing new anywhere" in house.screen.status


def test_jumps_by_place_by_step_and_back(house: House) -> None:
    house.press(ROOM_ACTIONS[2])
    assert house.focus == "ops"
    house.press(Action.NEXT_ROOM)
    assert house.focus == "bob"
    house.press(Action.NEXT_ROOM)
    assert house.focus == "lobby"
    house.press(Action.PREVIOUS_ROOM)
    assert house.focus == "bob"
    house.press(Action.LAST_ROOM)
    assert house.focus == "lobby"
    house.press(Action.LAST_ROOM)
    assert house.focus == "bob"
    house.press(ROOM_ACTIONS[8])
    assert house.focus == "bob"
    assert "no room at that place" in house.screen.status


def test_the_switcher_finds_a_room_by_part_of_its_name(house: House) -> None:
    screen = house.screen
    house.press(Action.SWITCHER)
    assert screen.mode() is When.SWITCHER
    assert screen.overlay[0] == "Rooms"
    screen.model.field_changed("ob")
    assert screen.overlay[1:] == ["bob", "#lobby"]
    house.press(Action.SELECT_NEXT)
    assert [text_of(row).strip() for row in screen.model.overlay_rows(30, 9) if (
        "class:overlay.selected" in dict(row)
    )] == ["#lobby"]  # fmt: skip
    house.press(Action.SELECT_PREVIOUS, Action.ACCEPT)
    assert house.focus == "bob"
    assert screen.mode() is When.INPUT
    house.press(Action.SWITCHER)
    screen.model.field_changed("nothing like it")
    assert screen.overlay[1:] == ["no such room"]
    house.press(Action.CANCEL)
    assert house.focus == "bob"


def test_a_mention_elsewhere_rings_and_what_is_muted_does_not(house: House) -> None:
    house.say("dev", "hello")
    assert not house.screen.asked_for(effects.Bell)
    house.say("bob", "psst")
    assert len(house.screen.asked_for(effects.Bell)) == 1


def test_levels_of_rooms_come_from_the_settings() -> None:
    settings = ClientSettings(
        name="ann", notify=Notify.MUTE, notify_rooms={"dev": Notify.ALL, "ops": Notify.MENTIONS}
    )
    house = make_house(settings)
    house.say("bob", "ann")
    house.say("ops", "hello")
    assert not house.screen.asked_for(effects.Bell)
    house.say("dev", "hello")
    assert len(house.screen.asked_for(effects.Bell)) == 1


def test_everything_can_be_counted_as_read(house: House) -> None:
    house.say("dev", "hello")
    house.say("ops", "ann")
    house.press(Action.MARK_ALL_READ)
    assert house.screen.model.title() == "#lobby - Hubbub"


def test_the_first_unread_message_is_gone_to(house: House) -> None:
    for number in range(100):
        house.say("dev", f"line {number}")
    house.press(ROOM_ACTIONS[1])
    assert "line 99" in house.screen.shown
    house.press(Action.FIRST_UNREAD)
    assert "line 0" in house.screen.shown
    assert house.screen.has_rule
    house.press(ROOM_ACTIONS[0], Action.FIRST_UNREAD)
    assert "nothing unread here" in house.screen.status


def test_mentions_are_gone_to(house: House) -> None:
    for number in range(100):
        house.say("lobby", "ann: here" if number == 10 else f"line {number}")
    house.screen.rows()
    house.press(Action.PREVIOUS_MENTION)
    assert "ann: here" in house.screen.shown
    house.press(Action.PREVIOUS_MENTION)
    assert "no further mention" in house.screen.status


def test_another_room_closes_what_was_open_over_the_one_before(house: House) -> None:
    house.press(Action.FIND)
    house.press(Action.NEXT_ROOM)
    assert house.screen.mode() is When.INPUT


def test_a_room_that_is_closed_keeps_its_lines_and_goes_on(house: House) -> None:
    house.say("dev", "before")
    house.screen.model.notice([RoomClosed("dev")], house.screen.loop.now, house.screen.at)
    house.press(ROOM_ACTIONS[1])
    assert "before" in house.screen.shown
    assert house.screen.status.startswith("entering")


def test_the_rooms_come_back_in_their_order_with_their_drafts(house: House) -> None:
    house.press(ROOM_ACTIONS[2])
    house.screen.write("for ops")
    kept = house.screen.model.saved()
    assert kept.order == list(ROOMS)
    assert kept.focus == "ops"
    loop = house.screen.loop
    assert isinstance(loop, ScreenLoop)
    house.screen.die()
    again = loop.screen("ann", kept=kept)
    assert kept.rooms["ops"].draft == "for ops"
    assert again.model.saved().rooms["ops"].draft == "for ops"


# ---- any order of events and keys


@dataclass
class Account:
    """What should be true of one room."""

    unread: int = 0
    mentions: int = 0
    draft: str = ""
    sent: list[str] = field(default_factory=list)


class Rooms(RuleBasedStateMachine):
    """People talk everywhere while somebody jumps about and types."""

    def __init__(self) -> None:
        super().__init__()
        self.house = make_house()
        self.rooms = {room: Account() for room in ROOMS}
        self.focus = self.last = "lobby"
        self.looks = True

    def go(self, room: str) -> None:
        if room != self.focus:
            self.last, self.focus = self.focus, room
        self.see()

    def see(self) -> None:
        if self.looks:
            self.rooms[self.focus].unread = self.rooms[self.focus].mentions = 0

    @rule(room=st.sampled_from(ROOMS), text=st.sampled_from(["hello", "ann: hello", "annex"]))
    def somebody_speaks(self, room: str, text: str) -> None:
        self.house.say(room, text)
        account = self.rooms[room]
        account.unread += 1
        account.mentions += room == PRIVATE or text == "ann: hello"
        self.see()

    @rule(room=st.sampled_from(ROOMS))
    def oneself_speaks_elsewhere(self, room: str) -> None:
        self.house.say(room, "ann: it is me", author=self.house.screen.model._state.own.id)

    @rule(place=st.integers(0, 8))
    def jump(self, place: int) -> None:
        self.house.press(ROOM_ACTIONS[place])
        if place < len(ROOMS):
            self.go(ROOMS[place])

    @rule(by=st.sampled_from([1, -1]))
    def step(self, by: int) -> None:
        self.house.press(Action.NEXT_ROOM if by > 0 else Action.PREVIOUS_ROOM)
        self.go(ROOMS[(ROOMS.index(self.focus) + by) % len(ROOMS)])

    @rule()
    def back(self) -> None:
        self.house.press(Action.LAST_ROOM)
        self.go(self.last)

    @rule()
    def next_active(self) -> None:
        def urgency(room: str) -> int:
            account = self.rooms[room]
            if not account.unread:
                return 0
            return 3 if room == PRIVATE else 2 if account.mentions else 1

        self.house.press(Action.NEXT_ACTIVE)
        place = ROOMS.index(self.focus)
        others = ROOMS[place + 1 :] + ROOMS[:place]
        best = max(others, key=urgency)
        if urgency(best):
            self.go(best)

    @rule()
    def switch(self) -> None:
        self.house.press(Action.SWITCHER)
        self.house.screen.model.field_changed("ops")
        self.house.press(Action.ACCEPT)
        self.go("ops")

    @rule(text=st.text("ab \n", min_size=1, max_size=5))
    def write(self, text: str) -> None:
        self.house.screen.write(text)
        self.rooms[self.focus].draft += text

    @rule()
    def enter(self) -> None:
        self.house.screen.enter()
        account = self.rooms[self.focus]
        if account.draft.strip():
            if account.sent[-1:] != [account.draft]:
                account.sent.append(account.draft)
            account.draft = ""

    @rule()
    def clear(self) -> None:
        account = self.rooms[self.focus]
        if account.draft:
            self.house.press(Action.CLEAR_OR_QUIT)
            if account.sent[-1:] != [account.draft]:
                account.sent.append(account.draft)
            account.draft = ""

    @precondition(lambda self: self.looks)
    @rule()
    def look_away(self) -> None:
        self.house.screen.look_away()
        self.looks = False

    @precondition(lambda self: not self.looks)
    @rule()
    def look(self) -> None:
        self.house.screen.look()
        self.looks = True
        self.see()

    @invariant()
    def shows_what_is_right(self) -> None:
        screen = self.house.screen
        assert screen.model.focus == self.focus
        assert screen.input == self.rooms[self.focus].draft
        assert list(screen.model.input_history) == self.rooms[self.focus].sent
        unread = sum(account.unread for account in self.rooms.values())
        mentions = sum(account.mentions for account in self.rooms.values())
        count = f"({unread}, {mentions}!) " if mentions else f"({unread}) " if unread else ""
        assert screen.model.title() == f"{count}{shown(self.focus)} - Hubbub"
        for place, (room, row) in enumerate(zip(ROOMS, screen.rooms, strict=True), start=1):
            account = self.rooms[room]
            counts = [str(account.unread)] if account.unread > account.mentions else []
            counts += [f"{account.mentions}!"] if account.mentions else []
            assert row.split() == [str(place), shown(room), *counts]


Rooms.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRooms = Rooms.TestCase

"""What the screen shows of rooms whose events were missed, lost, or are asked for."""

from __future__ import annotations

import pytest

from client.notices import (
    Answered,
    Notice,
    QuestionRefused,
    RoomClosed,
    RoomEntered,
    RoomEvents,
    Welcomed,
)
from client.screen.keymap import Action
from client.settings import ClientSettings
from protocol.codec import decode_peer_batch
from protocol.errors import Code
from protocol.events import Said
from protocol.messages import Ask, Entered, Events
from protocol.questions import Page, People, Who
from tests.client.screen.screens import Screen, ScreenLoop


@pytest.fixture
def loop() -> ScreenLoop:
    return ScreenLoop()


@pytest.fixture
def told(loop: ScreenLoop) -> Told:
    return Told(loop)


def place_of(screen: Screen, part: str) -> int:
    """Return the row that has ``part`` in it."""
    return next(place for place, row in enumerate(screen.rows()) if part in row)


class Told:
    """A screen that is told of a room, and whose questions are answered by the test."""

    def __init__(self, loop: ScreenLoop, settings: ClientSettings | None = None) -> None:
        self.screen = loop.screen("ann", settings=settings)
        loop.settle()
        (welcomed,) = self.screen.told(Welcomed)
        self.session = welcomed.session

    def enter(self, number: int) -> None:
        """Have the person enter the room `dev` with an event of this number."""
        entered = Entered(self.session, 1, "j1", "dev", number, number, 1)
        self.tell(RoomEntered(self.session, "dev", number, entered))

    def come_back_after(self, last: int, number: int) -> None:
        """Have the person enter `dev` at ``number``, having left it after ``last``."""
        self.enter(last)
        self.say(last)
        self.tell(RoomClosed("dev"))
        self.asked(Who)
        self.enter(number)

    def say(self, *numbers: int) -> None:
        self.tell(RoomEvents("dev", said(*numbers)))

    def asked(self, kind: type[Page | Who]) -> Ask:
        """Return the last question of a kind that is asked now."""
        asked = [
            message
            for body in self.screen.link.flush(self.screen.loop.now)
            for message in decode_peer_batch(body)
            if isinstance(message, Ask) and isinstance(message.question, kind)
        ]
        return asked[-1]

    def tell(self, *notices: Notice) -> None:
        self.screen.model.notice(notices, self.screen.loop.now, self.screen.at)

    def answer(self, asked: Ask, answer: Events | People) -> None:
        self.tell(Answered(self.session, asked.request, answer))

    def refuse(self, asked: Ask) -> None:
        self.tell(QuestionRefused(self.session, asked.request, Code.NOT_IN_ROOM, {"room": "dev"}))

    def look(self) -> None:
        self.screen.model.do(Action.ROOM_2, self.screen.loop.now, self.screen.at)


def said(*numbers: int) -> tuple[Said, ...]:
    return tuple(Said(n, 1_700_000_000_000, "bob", "bob", n, f"line {n}") for n in numbers)


# ---- another journal


def test_what_was_said_in_another_journal_while_one_was_away_is_shown(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.send("in the old one")
    loop.kill()
    ann.mute = True
    loop.start_with_new_journal()
    loop.wait(6.0)
    bob.send("first news")
    bob.send("more news")
    ann.look_away()
    ann.mute = False
    loop.wait(30.0)
    assert ann.model.title().startswith("(2)")
    ann.look()
    places = [place_of(ann, part) for part in ("in the old one", "from here on")]
    places += [place_of(ann, part) for part in ("first news", "more news", "another history")]
    assert places == sorted(places)
    above, below = ann.around_rule()
    assert not any("news" in row for row in above)
    assert any("first news" in row for row in below)
    assert ann.model.title() == "#lobby - Hubbub"
    bob.send("and live")
    assert "and live" in ann.rows()[-1]


# ---- what is missing


def test_what_was_missed_and_is_no_longer_kept_is_said(told: Told) -> None:
    told.come_back_after(1, 9)
    asked = told.asked(Page)
    told.say(9)
    told.look()
    assert "line 9" not in told.screen.shown
    told.answer(asked, Events("j1", "dev", said(6, 7, 8), oldest=6, head=9))
    row = place_of(told.screen, "messages no longer kept: 4.")
    assert row == place_of(told.screen, "line 6") - 1
    assert row > place_of(told.screen, "line 1")
    assert "line 9" in told.screen.rows()[-1]
    assert "missing here" not in told.screen.shown


def test_what_a_refused_page_would_have_brought_is_said_to_be_missing(told: Told) -> None:
    told.come_back_after(1, 9)
    asked = told.asked(Page)
    told.say(9)
    told.look()
    told.refuse(asked)
    assert place_of(told.screen, "messages missing here: 7.") < place_of(told.screen, "line 9")


def test_more_was_missed_than_is_held(loop: ScreenLoop) -> None:
    told = Told(loop, ClientSettings(name="ann", messages_held=100))
    told.come_back_after(1, 1001)
    asked = told.asked(Page)
    assert asked.question == Page("dev", 901, 1000)
    told.say(1001)
    told.look()
    told.answer(asked, Events("j1", "dev", said(*range(901, 1001)), oldest=1, head=1001))
    told.screen.rows()
    for _ in range(10):
        told.screen.model.do(Action.PAGE_UP, loop.now, told.screen.at)
    # What was held before the hole went, so that all there is goes on without one.
    question = told.asked(Page).question
    assert isinstance(question, Page)
    assert question.last > 900


def test_nothing_is_missing_where_nothing_was_missed(told: Told) -> None:
    told.come_back_after(1, 4)
    asked = told.asked(Page)
    told.look()
    told.answer(asked, Events("j1", "dev", said(2, 3), oldest=1, head=4))
    told.say(4)
    assert "line 4" in told.screen.shown
    assert "missing" not in told.screen.shown
    assert "no longer kept" not in told.screen.shown


def test_a_room_of_which_nothing_is_kept_is_read_nevertheless(told: Told) -> None:
    entered = Entered(told.session, 1, "j1", "dev", 9, 8, 1)
    told.tell(RoomEntered(told.session, "dev", 9, entered))
    told.look()
    told.answer(told.asked(Page), Events("j1", "dev", (), oldest=9, head=8))
    told.say(9)
    assert "line 9" in told.screen.shown
    assert not told.screen.has_rule  # it came before the person's eyes


# ---- holes on the way


def test_nothing_is_a_hole_after_an_ordinary_start(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    ann = loop.screen("ann")
    ann.loses_broadcasts = True  # as long as the subscription is on its way
    loop.settle()
    bob.send("on its way")
    ann.loses_broadcasts = False
    bob.send("heard")
    loop.wait(20.0)
    assert "on its way" in ann.shown
    assert "hole" not in ann.status


def test_nothing_is_a_hole_after_an_ordinary_return(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.mute = True
    loop.wait(60.0)
    bob.send("meanwhile")
    ann.mute = False
    loop.wait(30.0)
    assert "meanwhile" in ann.shown
    loop.kill()
    loop.start()
    loop.wait(20.0)
    assert ann.status.startswith("connected")
    assert "hole" not in ann.status


def test_what_is_lost_on_the_way_is_a_hole_until_it_is_repaired(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.loses_broadcasts = True
    for number in range(12):
        bob.send(f"lost {number}")
    ann.loses_broadcasts = False
    bob.send("heard")
    loop.wait(1.0)
    assert len([row for row in ann.rows() if "lost" in row]) == 12
    assert " · 1 hole, 12 repaired · " in ann.status
    ann.loses_broadcasts = True
    bob.send("lost again")
    ann.loses_broadcasts = False
    bob.send("heard again")
    loop.wait(1.0)
    assert " · 2 holes, 13 repaired · " in ann.status


def test_a_hole_that_is_open_looks_late(loop: ScreenLoop) -> None:
    ann, bob = loop.arrive("ann"), loop.arrive("bob")
    ann.loses_broadcasts = True
    bob.send("lost")
    ann.loses_broadcasts = False
    bob.send("heard")
    ann.link.tick(loop.now + 0.2)  # it asks for what is missing
    assert style_of_hole(ann) == "class:status.late"
    loop.wait(1.0)
    assert style_of_hole(ann) == "class:status"


def style_of_hole(screen: Screen) -> str:
    row = screen.model.status_row(200, screen.loop.now)
    return next(style for style, text in row if "hole" in text)


# ---- looking back


def test_whoever_looks_back_comes_to_the_beginning_however_little_is_held(
    loop: ScreenLoop,
) -> None:
    bob = loop.arrive("bob")
    for number in range(400):
        bob.enter(f"line {number}")
    loop.settle()
    ann = loop.screen(settings=ClientSettings(name="ann", messages_held=100))
    loop.settle()
    for number in range(400, 600):
        bob.enter(f"line {number}")
    loop.settle()
    ann.rows()
    for _ in range(50):
        ann.press(Action.PAGE_UP)
    assert place_of(ann, "line 0") < place_of(ann, "line 1")
    ann.press(Action.TO_END)
    assert "line 599" in ann.rows()[-1]


def test_a_page_up_before_the_answer_is_there_is_not_lost(loop: ScreenLoop) -> None:
    bob = loop.arrive("bob")
    for number in range(350):
        bob.enter(f"line {number}")
    loop.settle()
    ann = loop.arrive("ann")
    ann.rows()
    for _ in range(10):  # nothing is carried between these
        ann.model.do(Action.PAGE_UP, loop.now, ann.at)
    top = int(next(row.split()[-1] for row in ann.rows() if " line " in row))
    loop.settle()
    after = int(next(row.split()[-1] for row in ann.rows() if " line " in row))
    assert after < top - 60


# ---- the people


def test_a_refused_list_of_people_is_not_on_its_way_for_ever(told: Told) -> None:
    told.tell(RoomEntered(told.session, "dev", 9, None))
    told.look()
    asked = told.asked(Who)
    told.screen.enter("/who")
    assert "the list of people is on its way" in told.screen.overlay
    told.refuse(asked)
    assert "the list of people is on its way" not in told.screen.overlay
    assert "there may be others: the broker did not list everybody" in told.screen.overlay

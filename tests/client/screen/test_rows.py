"""What a line looks like, and that it fits whatever is in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from client.screen.colours import OWN, nick_style
from client.screen.look import Look
from client.screen.transcript import NoteKind, Transcript
from protocol.events import (
    Announced,
    Banned,
    Invited,
    Joined,
    Kicked,
    Left,
    Renamed,
    Said,
    SubjectSet,
    WentAway,
)
from protocol.limits import LARGEST_NUMBER
from tests.client.screen.events import (
    DAY,
    LOOK,
    MINUTE,
    START,
    acted,
    lines,
    local,
    own,
    said,
    shown,
    styles,
    text_of,
    to_start,
    transcript,
    width_of,
)
from tests.client.screen.hostile import NASTY, is_harmless, nasty_texts

FIRST_DAY = "── Thursday 1970-01-01 ─────────────────────────────────────"


def test_the_time_the_name_in_its_column_and_the_text_wrapped_under_itself() -> None:
    made = transcript([said(1, "Ann", "a text that is so long that it needs another row or two")])
    assert shown(made) == [
        FIRST_DAY,
        "09:00            Ann a text that is so long that it needs",
        "                     another row or two",
    ]


def test_the_minute_and_the_name_are_said_once() -> None:
    events = [
        said(1, "Ann", "one"),
        said(2, "Ann", "two"),
        said(3, "Bob", "three"),
        said(4, "Bob", "four", at=START + MINUTE),
    ]
    assert shown(transcript(events))[1:] == [
        "09:00            Ann one",
        "                     two",
        "                 Bob three",
        "09:01                four",
    ]


def test_several_lines_of_one_message_stand_under_each_other() -> None:
    assert shown(transcript([said(1, "Ann", "one\n\n  two")]))[1:] == [
        "09:00            Ann one",
        "",
        "                       two",
    ]


def test_actions() -> None:
    made = transcript([said(1), acted(2, "Ann", "waves"), acted(3, "Ann", "sits"), said(4)])
    assert shown(made)[2:] == [
        "                   * Ann waves",
        "                   * Ann sits",
        "                 Ann m4",
    ]
    assert styles(made, "*") == ["class:action"] * 2


def test_a_bold_row_separates_days_and_everything_is_said_again_after_it() -> None:
    made = transcript([said(1), said(2, at=START + DAY)])
    assert shown(made)[1:] == [
        "09:00            Ann m1",
        "── Friday 1970-01-02 ───────────────────────────────────────",
        "09:00            Ann m2",
    ]
    assert styles(made, "Friday") == ["class:day"]


def test_colours() -> None:
    made = transcript([said(1, "Ann", "one"), own(2, "two"), said(3, "Bob", "hi duke")])
    assert styles(made, "09:00") == ["class:time"]
    assert styles(made, "Ann") == [nick_style("Ann")]
    assert styles(made, "Duke") == [OWN]
    assert styles(made, "one") == ["class:text"]
    assert styles(made, "two") == ["class:text.own"]
    assert styles(made, "hi duke") == ["class:text.mention"]


def test_an_own_line_is_no_mention() -> None:
    assert styles(transcript([own(1, "Duke is me")]), "is me") == ["class:text.own"]


def test_a_name_wider_than_its_column_is_cut() -> None:
    made = transcript([said(1, "a-name-that-is-long", "x"), said(2, "名字很长很长很长", "y")])
    assert shown(made)[1:] == ["09:00 a-name-that-i… x", "       名字很长很长… y"]


def test_the_name_column_is_as_wide_as_wanted_and_narrower_on_a_narrow_screen() -> None:
    made = transcript([said(1)], replace(LOOK, name_column=5))
    assert shown(made)[1] == "09:00   Ann m1"
    made.restyle(LOOK)
    assert shown(made, 40)[1] == "09:00        Ann m1"
    assert shown(made, 20)[1] == "  Ann m1"
    assert shown(made, 8)[-1] == "m1"


def test_own_messages_on_their_way_are_last_and_say_how_far_they_are() -> None:
    made = transcript([said(1)])
    made.own.pending(1, START, "hello")
    made.own.pending(2, START, "waves", action=True)
    made.own.pending(3, START + MINUTE, "too long")
    made.own.refused(3, "It is too long.")
    made.append([said(2, "Bob")])
    made.own.settled(1)
    assert shown(made)[2:] == [
        "                 Bob m2",
        "                Duke hello ✓",
        "                   * Duke waves …",
        "09:01           Duke too long ✗",
        "                     It is too long.",
    ]
    assert styles(made, "waves") == ["class:text.pending class:action"]
    assert styles(made, "too long") == ["class:text.refused", "class:note.error"]
    assert styles(made, " ✗") == ["class:mark"]


def test_local_lines() -> None:
    made = transcript([said(1)])
    made.note(START, "-- waiting\nfor you")
    made.note(START + MINUTE, "No.", NoteKind.ERROR)
    made.gone(3, START + MINUTE)
    assert shown(made)[2:] == [
        "                     waiting",
        "                     for you",
        "09:01                No.",
        "                     messages no longer kept: 3.",
    ]
    assert [styles(made, text) for text in ("waiting", "No.", "no longer kept")] == [
        ["class:note"],
        ["class:note.error"],
        ["class:gap"],
    ]


_events = st.one_of(
    st.builds(Said, st.just(0), st.just(START), st.just("a"), nasty_texts, st.just(0), nasty_texts),
    st.builds(Joined, st.just(0), st.just(START), st.just("me"), nasty_texts, st.just(0)),
    st.builds(
        Left, st.just(0), st.just(START), st.just("me"), nasty_texts, st.just(0), nasty_texts
    ),
    st.builds(
        Renamed, st.just(0), st.just(START), st.just("me"), nasty_texts, st.just(0), nasty_texts
    ),
    st.builds(
        lambda kind, *texts: kind(0, START, "op", texts[0], 0, *texts[1:]),
        st.sampled_from([SubjectSet, Announced]),
        nasty_texts,
        nasty_texts,
    ),
    st.builds(
        lambda kind, *texts: kind(0, START, "op", texts[0], 0, "x", *texts[1:]),
        st.sampled_from([Kicked, Invited]),
        nasty_texts,
        nasty_texts,
    ),
    st.builds(
        lambda *texts: Banned(0, START, "op", texts[0], 0, "x", texts[1], 7, texts[2]),
        *(nasty_texts,) * 3,
    ),
    st.builds(lambda name, why: WentAway(0, START, "a", name, 0, True, why), *(nasty_texts,) * 2),
)


def assert_harmless(made: Transcript, width: int, height: int) -> None:
    rows = made.rows(width, height)
    assert len(rows) <= height
    for row in rows:
        assert width_of(row) <= width
        assert is_harmless(text_of(row))
        assert all(is_harmless(text) for _, text in row)


@settings(deadline=None)
@given(
    st.lists(_events, max_size=5),
    nasty_texts,
    st.integers(2, 100),
    st.integers(1, 40),
    st.booleans(),
)
def test_no_row_is_too_wide_and_nothing_hostile_is_in_it(
    events: list[Said], text: str, width: int, height: int, fold: bool
) -> None:
    look = Look(own_name=text, own_ids=frozenset({"me"}), highlight=("x",), fold=fold)
    made = Transcript(local, look)
    for number, event in enumerate(events, 1):
        made.append([structs.replace(event, number=number)])
    made.note(START, text)
    made.own.pending(1, START, text)
    made.own.pending(2, START, text, action=True)
    made.own.refused(2, text)
    assert_harmless(made, width, height)
    for _ in range(3):
        made.page_up()
        assert_harmless(made, width, height)
    made.find("x")
    assert_harmless(made, width, height)


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("width", [2, 12, 80])
def test_no_trick_gets_through(text: str, width: int) -> None:
    made = transcript(
        [Said(1, START, "a", text, 0, text), Said(2, START, "a", text, 0, text, True)]
    )
    assert_harmless(made, width, 24)
    to_start(made)
    assert_harmless(made, width, 24)


@pytest.mark.parametrize("at", [-LARGEST_NUMBER, -1, LARGEST_NUMBER])
def test_any_time_is_shown_as_some_time(at: int) -> None:
    assert len(shown(transcript([said(1, at=at)]))) == 2


@pytest.mark.parametrize(("width", "height"), [(0, 10), (1, 10), (80, 0), (-1, -1)])
def test_without_room_nothing_is_shown(width: int, height: int) -> None:
    assert lines(transcript([said(1)]).rows(width, height)) == []

"""Every event and refusal has its sentence, with who, whom, why and until when."""

from __future__ import annotations

from typing import get_args

import pytest

from protocol.errors import Code
from protocol.events import (
    Announced,
    AnyEvent,
    Appointed,
    Banned,
    Deleted,
    Edited,
    Event,
    Invited,
    Joined,
    Kicked,
    Left,
    Muted,
    Renamed,
    Said,
    Slowed,
    SubjectSet,
    Unbanned,
    Unmuted,
    WentAway,
)
from protocol.happenings import happening, refusal
from protocol.phrases import Language

DUKE = (1, 0, "d", "Duke", 1)
SHOWN_ELSEWHERE = {Joined, Left, Said, Renamed}


def clock(at: int) -> str:
    return f"<{at}>"


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (SubjectSet(*DUKE, "tea"), "Duke set the subject: tea"),
        (SubjectSet(*DUKE), "Duke took the subject away"),
        (Invited(*DUKE, "a", "Ann"), "Duke invited Ann"),
        (WentAway(*DUKE), "Duke is away"),
        (WentAway(*DUKE, True, "lunch"), "Duke is away: lunch"),
        (WentAway(*DUKE, away=False), "Duke is back"),
        (Edited(*DUKE, 1, "hello"), "Duke edited: hello"),
        (Deleted(*DUKE, 1, "d", "Duke"), "Duke deleted a message"),
        (Deleted(*DUKE, 1, "a", "Ann"), "Duke deleted a message of Ann"),
        (Kicked(*DUKE, "a", "Ann"), "Duke put Ann out"),
        (Kicked(*DUKE, "a", "Ann", "{x}", True), "Duke put Ann out: {x} (everywhere)"),
        (Banned(*DUKE, "a", "Ann"), "Duke banned Ann"),
        (Banned(*DUKE, "", "10.0.0.7", 5, "noise"), "Duke banned 10.0.0.7 until <60000>: noise"),
        (Unbanned(*DUKE, "a", "Ann"), "Duke took the ban on Ann back"),
        (Muted(*DUKE, "a", "Ann", 5), "Duke muted Ann until <60000>"),
        (Unmuted(*DUKE, "a", "Ann"), "Duke let Ann speak again"),
        (Appointed(*DUKE, "a", "Ann"), "Duke made Ann an operator"),
        (Appointed(*DUKE, "a", "Ann", False), "Duke took the operator's role from Ann"),
        (Slowed(*DUKE, 90), "Duke set slow mode: one message each 1m30s"),
        (Slowed(*DUKE, 0), "Duke ended slow mode"),
        (Announced(*DUKE, "noon"), "Announcement of Duke: noon"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sentences(event: AnyEvent, sentence: str) -> None:
    assert happening(event, Language.EN, clock) == sentence


@pytest.mark.parametrize("kind", [k for k in get_args(Event) if k not in SHOWN_ELSEWHERE])
@pytest.mark.parametrize("language", Language)
def test_every_event_has_a_sentence(kind: type[AnyEvent], language: Language) -> None:
    sentence = happening(kind(*DUKE), language, clock)
    assert sentence
    assert "{" not in sentence
    assert "?" not in sentence


def test_refusals_say_until_when_and_why() -> None:
    fields: dict[str, int | str] = {"room": "dev", "until": 5, "why": "noise"}
    banned = refusal(Code.BANNED, fields, Language.EN, clock)
    assert banned == "You are banned from dev until <60000>: noise."
    assert refusal(Code.BANNED, {}, Language.EN, clock) == "You are banned."
    muted = refusal(Code.MUTED, {"room": "dev", "until": 0}, Language.EN, clock)
    assert muted == "You are muted in dev: you can read, but not speak."
    muted = refusal(Code.MUTED, {"until": 5}, Language.EN, clock)
    assert muted == "You are muted until <60000>: you can read, but not speak."
    assert refusal(Code.NOT_AWAY, {}, Language.EN, clock) == "You are not away."
    assert refusal("later", {}, Language.EN, clock) == "later"


def test_too_fast_says_when_it_is_tried_again() -> None:
    def said(**fields: int | str) -> str:
        return refusal(Code.TOO_FAST, fields, Language.EN, clock)

    soon = "That was too fast: it is tried again by itself."
    assert [said(), said(retry_after="?"), said(retry_after=999)] == [soon] * 3
    for wait, seconds in ((1000, 1), (1001, 2), (60_000, 60)):
        assert said(retry_after=wait) == f"{soon[:-1]} in {seconds} s."


def test_who_may_do_what_depends_on_where() -> None:
    there = refusal(Code.NOT_OPERATOR, {"room": "dev"}, Language.EN, clock)
    assert there == "Only an operator may do that."
    everywhere = refusal(Code.NOT_OPERATOR, {}, Language.EN, clock)
    assert everywhere == "Only an operator of the whole broker may do that."


def test_who_was_put_out_while_away_reads_no_empty_name() -> None:
    kicked = refusal(Code.KICKED, {"by": "Op", "why": "noise"}, Language.EN, clock)
    assert kicked == "You were put out by Op: noise."
    unknown = refusal(Code.KICKED, {"reason": "kicked", "applied": 3}, Language.EN, clock)
    assert unknown.startswith("That session is over (kicked)")

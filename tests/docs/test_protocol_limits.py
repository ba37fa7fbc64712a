"""The protocol's page has the limits, the timers and the figures of the source."""

from __future__ import annotations

from typing import Final

from broker import core, pairs, questions, state, subscriptions, zap
from broker.presence import PresenceSettings
from broker.welcome import CoreSettings
from client import connection, feed, lifecycle, outbox, rooms
from gateway import person
from protocol import limits
from tests.docs.pages import Page

PAGE: Final = Page("reference/protocol.md")


def test_limits_are_those_of_the_source() -> None:
    assert {row[0]: int(row[1]) for row in PAGE.table("Limits")} == {
        "token": limits.TOKEN_HEX_DIGITS,
        "text of one `say`": limits.TEXT_CHARACTERS,
        "name": limits.NAME_CHARACTERS,
        "room name": limits.ROOM_CHARACTERS,
        "subject": limits.SUBJECT_CHARACTERS,
        "reason of an act or of being away": limits.WHY_CHARACTERS,
        "words of a search": limits.SEARCH_CHARACTERS,
        "longest ban and mute with an end": limits.LONGEST_S,
        "slow mode: longest time between two messages": limits.SLOWEST_S,
        "batch of a peer: cut at": limits.COMMAND_BATCH_BYTES,
        "batch of a peer: more costs the connection": limits.COMMAND_MAX_BYTES,
        "subscription with its first byte: more costs the connection": (
            limits.SUBSCRIPTION_MAX_BYTES
        ),
        "batch, broadcast or page of the broker: cut at": limits.REPLY_BATCH_BYTES,
        "largest message of the broker": limits.REPLY_MAX_BYTES,
        "events in a page": limits.PAGE_EVENTS,
        "people in an answer to `who`": limits.ROSTER_PEOPLE,
        "rooms in an answer to `rooms`": limits.LISTED_ROOMS,
        "messages in an answer to `recent`, events in one to `acts`": limits.MOST_RECENT_MESSAGES,
        "messages in an answer to `search`": limits.FOUND_MESSAGES,
        "people of a room whose last message can be changed": limits.LAST_WORDS_KEPT,
        "rooms of one person": limits.Limits().rooms,
        "commands of one person at once": limits.Limits().burst,
        "commands of one person in the long run": limits.Limits().per_second,
        "rooms that one person enters": limits.Limits().joins_per_minute,
        "names that one person takes": limits.Limits().renames_per_minute,
        "how often one person is away or back": limits.Limits().renames_per_minute,
        "searches of one person that wait for an answer": questions.SEARCHES_AT_ONCE,
        "sessions of an address other than loopback": limits.Limits().sessions_per_address,
        "messages in `recent`": limits.RECENT_MESSAGES,
        "largest number": limits.LARGEST_NUMBER,
        "commands sent and unanswered": outbox.IN_FLIGHT,
        "messages waiting for one peer, then it is put out": pairs._REPLY_QUEUE,
        "broadcasts waiting for one peer, then they are lost": pairs._QUEUE,
        "questions of one peer answered in a turn": limits.QUESTIONS_A_TURN,
        "subscriptions of one connection at once, then it is cut off": (
            subscriptions.SUBSCRIPTIONS_BURST
        ),
        "subscriptions of one connection in the long run": subscriptions.SUBSCRIPTIONS_PER_S,
        "messages waiting for one gateway, then it is put out": pairs._TRUSTED_QUEUE,
        "ended sessions remembered": state.ENDED_SESSIONS_KEPT,
    }


def test_timers_are_those_of_the_source() -> None:
    presence = PresenceSettings()
    assert {row[0]: float(row[1]) for row in PAGE.table("Timers")} == {
        "heartbeat": CoreSettings().heartbeat,
        "timeout": presence.timeout,
        "grace": presence.grace,
        "idle limit": presence.idle,
        "idle warning": presence.idle_warning,
        "retry after": limits.RETRY_AFTER_MS / 1000,
        "answer to hello": connection.ANSWER_WITHIN_S,
        "first reconnect": connection.BACKOFF_FIRST_S,
        "last reconnect": connection.BACKOFF_LAST_S,
        "repair jitter": rooms.REPAIR_JITTER_S,
        "answer to a page": feed.ANSWER_WITHIN_S,
        "own last events": lifecycle.LAST_EVENTS_WITHIN_S,
        "active": person.ACTIVE_EVERY_S,
    }


def test_figures_in_sentences_are_those_of_the_source() -> None:
    for sentence in (
        f"HUBBUB |\n| Version | {limits.PROTOCOL_VERSION} |",
        f"After {core._MALFORMED_A_BATCH + 1} such messages",
        f"last {state.ENDED_SESSIONS_KEPT:,} sessions that ended",
        f"that the person may read, at most {limits.RECENT_MESSAGES};",
        f"Sessions with the carrier `{core.CHILD_CARRIER}`",
        f"connect {zap.CONNECTIONS_BURST} times at once, then {zap.CONNECTIONS_PER_S:.0f} times",
        f"at most {outbox.IN_FLIGHT} unanswered",
        f"has 1 to {limits.NAME_CHARACTERS} characters",
        f"`client`, `nc`, …; cut at {limits.NAME_CHARACTERS} characters",
        f"cleaned and cut at {limits.ROOM_CHARACTERS} characters",
    ):
        assert sentence in PAGE.text
    assert PresenceSettings().idle_doors == {"nc"}
    assert rooms.SILENT_BEATS == 2

"""The dialogue of the protocol's page is what the broker says."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from broker.core import Core
from broker.presence import Peer
from broker.sqlite_journal import SqliteJournal
from broker.turns import finish_turn
from broker.welcome import CoreSettings
from protocol import codec
from tests.docs.abnf import protocol_grammar
from tests.docs.pages import Page

PAGE: Final = Page("reference/protocol.md")
_SPEECH: Final = re.compile(r"^\*\*(.+?)\*\*\n\n```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_JOURNAL: Final = "5f3a9c01d2e47b68"
_STARTED_MS: Final = 1_760_000_000_000


class Hub:
    """A broker in memory, whose wall clock goes on by a second each turn; nobody is silent long."""

    def __init__(self) -> None:
        self._journal = SqliteJournal(
            None, fsync=False, keep_messages=100, keep_days=0, boot_id="", new_id=lambda: _JOURNAL
        )
        settings = CoreSettings(publish="tcp://127.0.0.1:5556")
        self._core = Core(self._journal.load(), self._journal.id, settings, 0.0)
        self._turns = 0

    def turn(self, who: str, action: str, said: str) -> list[tuple[str, Any]]:
        """Take one message; return what leaves, as the page writes it."""
        self._core.begin(self._turns / 4, _STARTED_MS + 1000 * self._turns)
        self._turns += 1
        if action == "subscribes":
            self._core.subscribed(json.loads(said).encode())
        else:
            batch = codec.decode_peer_batch(said.encode())
            self._core.receive(Peer(trusted=False, routing_id=who.encode()), batch)
        self._core.tick()
        out, failure = finish_turn(self._core, self._journal)
        assert failure is None
        assert {topic for topic, _ in out.published} <= {b"lobby\0"}
        published = [("the broker to everybody", json.loads(body)) for _, body in out.published]
        replies = [
            (f"the broker to {peer.routing_id.decode()}", json.loads(body))
            for peer, body in out.replies
        ]
        return published + replies

    def close(self) -> None:
        self._journal.close(None)


def test_the_dialogue_is_what_the_broker_says() -> None:
    grammar = protocol_grammar(PAGE)
    hub = Hub()
    expected: list[tuple[str, Any]] = []
    seen: set[str] = set()
    for label, text in _SPEECH.findall(PAGE.sections["Example dialogue"]):
        spoken = re.fullmatch(r"(.+) (to the broker|subscribes)", label)
        if spoken:
            assert expected == [], "the page leaves out what the broker says"
            expected = hub.turn(spoken[1], spoken[2], text)
            if spoken[2] != "subscribes":
                assert grammar.matches("peer-frame", text.strip())
        else:
            assert (label, json.loads(text)) == expected.pop(0)
            rule = "body-frame" if label.endswith("everybody") else "broker-frame"
            assert grammar.matches(rule, text.strip())
        seen |= set(re.findall(r'\["(\w+)"', text))
    assert expected == []
    hub.close()
    assert seen >= {
        "hello", "welcome", "join", "entered", "ack", "say", "events", "page", "who", "people",
        "beat", "alive", "refused", "rename", "quit", "ended", "head", "tell", "invite",
        "invitation",
    }  # fmt: skip


def test_the_dialogue_leaves_out_no_block() -> None:
    section = PAGE.sections["Example dialogue"]
    assert len(_SPEECH.findall(section)) == len(PAGE.blocks("Example dialogue", "json"))

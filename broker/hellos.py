"""Hellos: people come in, or come back, on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from broker.addresses import ip_of
from broker.barred import may_connect
from broker.decide_hello import door_of, identify, open_session
from broker.presence import Connection
from broker.turn import Handled
from broker.welcome import make_welcome
from protocol import limits
from protocol.errors import Code, Refusal
from protocol.messages import ADMIN_DOOR, End, Ended

if TYPE_CHECKING:
    from broker.desk import Desk
    from broker.person import Session
    from broker.presence import Peer
    from protocol.messages import Hello


class Hellos:
    """Answers hellos."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def hello(self, peer: Peer, hello: Hello, address: str) -> None:
        """Open or resume a session, or refuse to.

        Args:
            peer: where it came from.
            hello: what it says.
            address: the IP address of a peer that is not trusted; others state it.
        """
        desk = self._desk
        desk.turn.handled.append(Handled(peer, hello.session, 0, 0))
        # Cleaned before anything is decided by it: one door has rights that others have not.
        hello = msgspec.structs.replace(hello, door=door_of(hello))
        try:
            self._open(peer, hello, ip_of(hello.address if peer.trusted else address))
        except Refusal as refusal:
            desk.refuse(peer, refusal, hello.session)

    def _open(self, peer: Peer, hello: Hello, address: str) -> None:
        desk = self._desk
        if hello.version != limits.PROTOCOL_VERSION:
            raise Refusal(Code.VERSION_UNSUPPORTED, expected=limits.PROTOCOL_VERSION)
        session_id, token_hash = identify(hello.token)
        self._check_connection(peer, hello, session_id)
        session = desk.state.sessions.get(session_id)
        resumed = session is not None
        if ADMIN_DOOR not in {hello.door, session.door if session else ""}:
            may_connect(desk.state, session_id, address, desk.wall_ms)
        if session is None:
            session = self._open_new(hello, session_id, token_hash, address)
        elif session.token_hash != token_hash:
            raise Refusal(Code.BAD_TOKEN)
        elif session.door == ADMIN_DOOR and not peer.trusted:
            raise Refusal(Code.NOT_TRUSTED)
        desk.addresses.place(session_id, address)
        self._attach(peer, hello, session)
        welcome = make_welcome(
            desk.state, session, desk.settings, desk.journal_id, hello,
            trusted=peer.trusted, resumed=resumed,
        )  # fmt: skip
        desk.turn.reply(peer, welcome)

    def _attach(self, peer: Peer, hello: Hello, session: Session) -> None:
        desk = self._desk
        connection = desk.presence.connect(peer, hello.link, hello.attempt, desk.now)
        before = desk.presence.attach(session.id, session.door, connection, hello.session, desk.now)
        if before is not None:
            sentence = desk.sentence(End.TAKEN_OVER, {})
            ended = Ended(before.number, End.TAKEN_OVER, sentence)
            desk.turn.reply(before.connection.peer, ended, otherwise=ended)

    def _check_connection(self, peer: Peer, hello: Hello, session_id: str) -> None:
        desk = self._desk
        states_more = hello.address or hello.carrier or hello.door == ADMIN_DOOR
        if states_more and not peer.trusted:
            raise Refusal(Code.NOT_TRUSTED)
        connection = desk.presence.connections.get(peer)
        carried = connection.sessions if connection else {}
        if carried.get(hello.session, session_id) != session_id:
            raise Refusal(Code.SESSION_IN_USE)
        if not peer.trusted and any(
            number != hello.session and other in desk.state.sessions
            for number, other in carried.items()
        ):
            raise Refusal(Code.ONE_SESSION)
        attached = desk.attached(session_id)
        this = Connection(peer, hello.link, hello.attempt)
        if attached is not None and this.is_older_than(
            attached.connection.link, attached.connection.attempt
        ):
            raise Refusal(Code.HELLO_REQUIRED)

    def _open_new(self, hello: Hello, session_id: str, token_hash: str, address: str) -> Session:
        desk = self._desk
        entries = open_session(desk.state, hello, session_id, token_hash, desk.wall_ms)
        if not desk.writable:
            raise Refusal(Code.JOURNAL_UNAVAILABLE, retry_after=limits.RETRY_AFTER_MS)
        if hello.door != ADMIN_DOOR:
            desk.addresses.admit(address, desk.now)
        desk.apply(entries)
        return desk.state.sessions[session_id]

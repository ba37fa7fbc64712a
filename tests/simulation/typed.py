"""What somebody with nc types for what they want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from protocol import commands as c
from protocol import questions as q

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocol.commands import Command
    from protocol.questions import Question


def _lasting(act: c.Ban | c.Mute) -> str:
    return f"{act.who} {f'{act.seconds}s ' if act.seconds else ''}{act.why}"


def _op(act: c.Op) -> str:
    everywhere = "" if act.room else " --everywhere"
    return f"/{'op' if act.operator else 'deop'} {act.who}{everywhere}"


def _invite(invite: c.Invite) -> str:
    # Conversations of two have no name that anybody could type.
    room = "" if invite.room.startswith("@") else f" #{invite.room}"
    return f"/invite {invite.who}{room}"


def _search(search: q.Search) -> str:
    is_typed = search.room and not search.room.startswith("@")
    return f"/search {search.words}{f' in:#{search.room}' if is_typed else ''}"


_LINES: Final[dict[type, Callable[[Any], str]]] = {
    c.Say: lambda say: f"/me {say.text}" if say.action else say.text,
    c.Tell: lambda tell: f"/msg {tell.who} {tell.text}",
    c.Edit: lambda edit: f"/edit {edit.text}",
    c.Delete: lambda delete: f"/delete {delete.who}",
    c.Join: lambda join: f"/join #{join.room}{' --private' if join.private else ''}",
    c.Leave: lambda leave: f"/leave #{leave.room}",
    c.Invite: _invite,
    c.Subject: lambda subject: f"/topic {subject.text or '--clear'}",
    c.Rename: lambda rename: f"rename|{rename.name}",
    c.Away: lambda away: f"/away {away.why}" if away.away else "/back",
    c.Ignore: lambda ignore: f"/{'ignore' if ignore.ignored else 'unignore'} {ignore.who}",
    c.Kick: lambda kick: f"/kick {kick.who} {kick.why}",
    c.Ban: lambda ban: f"/ban {_lasting(ban)}",
    c.Mute: lambda mute: f"/mute {_lasting(mute)}",
    c.Unban: lambda unban: f"/unban {unban.who}",
    c.Unmute: lambda unmute: f"/unmute {unmute.who}",
    c.Op: _op,
    c.Slow: lambda slow: f"/slow {slow.seconds or 'off'}",
    c.Announce: lambda announce: f"/announce {announce.text}",
    q.Who: lambda _: "who",
    q.Recent: lambda _: "/history 5",
    q.Since: lambda _: "/history since 10s",
    q.Rooms: lambda _: "/rooms",
    q.Whois: lambda whois: f"/whois {whois.who}",
    q.Bans: lambda _: "/bans",
    q.Acts: lambda _: "/modlog",
    q.Search: _search,
}


def line(wish: Command | Question) -> str | None:
    """Return the line; None where there is none."""
    made = _LINES.get(type(wish))
    return None if made is None else made(wish)

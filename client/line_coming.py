"""How somebody in line mode comes in: under which name, and into which room first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.line_phase import Phase
from protocol import room_names
from protocol.commands import Join
from protocol.errors import Code
from protocol.limits import NAME_CHARACTERS
from protocol.lines import TooLong
from protocol.phrases import Phrase as Words
from protocol.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from client.line_commands import LineCommands
    from client.line_output import LineOutput
    from client.line_phase import Course
    from client.line_rooms import LineRooms
    from client.notices import RoomEntered, Welcomed
    from protocol.messages import Welcome


class LineComing:
    """From the first hello to the first room.

    Args:
        room: the room that is entered first, as it was typed.
        course: where the person stands.
        rooms: those that they are in.
        commands: their lines.
        output: where it is said.
        interactive: somebody types: a name that is taken is asked for again.
    """

    def __init__(
        self,
        room: str,
        course: Course,
        rooms: LineRooms,
        commands: LineCommands,
        output: LineOutput,
        *,
        interactive: bool,
    ) -> None:
        self._room = room
        self._course = course
        self._rooms = rooms
        self._commands = commands
        self._output = output
        self._interactive = interactive

    def name_refused(self, key: str, fields: Mapping[str, int | str]) -> bool:
        """Ask for another name; return False where nobody is there to be asked."""
        if not self._interactive:
            return False
        self._output.complain(key, fields)
        self._output.prompt(Words.NAME_QUESTION)
        self._course.phase = Phase.NAMING
        return True

    def take_name(self) -> bool:
        """Take the answer if it has come; return False when none will."""
        waiting = self._commands.input.waiting
        if not waiting:
            return not self._commands.input.ended
        _, text = waiting.popleft()
        if isinstance(text, TooLong):
            return self.name_refused(Code.NAME_TOO_LONG, {"limit": NAME_CHARACTERS})
        self._course.open(text.strip())
        return True

    def welcomed(self, notice: Welcomed) -> None:
        """The broker knows the session.

        Raises:
            Refusal: there cannot be a room of that name.
        """
        welcome = notice.welcome
        self._rooms.own, self._rooms.lobby = welcome.id, welcome.lobby
        self._rooms.ignore(welcome.ignored)
        self._output.notice(
            "connected",
            id=welcome.id,
            user_id=welcome.user_id,
            name=welcome.name,
            journal=welcome.journal,
            resumed=welcome.resumed,
        )
        if welcome.name != self._course.name:
            self._output.tell(Words.OTHER_NAME, name=welcome.name, wanted=self._course.name)
            self._course.name = welcome.name
        if notice.again:
            self._commands.unseen.lost(self._commands.unsettled)
            self._output.tell(Words.SESSION_LOST)
        elif self._course.phase is Phase.OPENING:
            self._arrive(welcome)

    def entered(self, notice: RoomEntered) -> bool:
        """The person is in a room; return whether it is the first one."""
        arriving = self._course.phase is Phase.ARRIVING
        if self._commands.held_by == notice.room:
            self._rooms.set_focus(notice.room)
            self._commands.release(notice.room)
        self._rooms.entered(notice, arriving=arriving)
        if self._commands.wants_private == notice.room:
            self._commands.wants_private = ""
            followed = self._commands.is_followed
            self._rooms.tell_if_public(notice.room, is_followed=followed)
        is_first = arriving and notice.room == self._rooms.focus
        if is_first:
            self._course.phase = Phase.IN
            if self._interactive:
                self._output.tell(Words.HINT)
        return is_first

    def _arrive(self, welcome: Welcome) -> None:
        room = room_names.normal(self._room)
        self._course.phase = Phase.ARRIVING
        self._rooms.set_focus(room)
        for head in welcome.rooms:  # an earlier client was there until it crashed
            self._rooms.resume(head)
        if not welcome.resumed:
            self._greet(welcome)
        if room not in self._rooms:
            self._commands.submit(Join(room))

    def _greet(self, welcome: Welcome) -> None:
        if self._interactive:
            self._output.tell(Words.WELCOME, user_id=welcome.user_id)
        if text := clean(welcome.message_of_the_day).rstrip():
            self._output.notice("message_of_the_day", text=text)
            if self._interactive:
                self._output.tell_text(text)

"""A model without behaviour: it shows what the test says, and remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from client.notices import Notice
from client.saved_state import Saved
from client.screen.candidates import Candidate
from client.screen.effects import Effect, LoadDraft, LoadField
from client.screen.fragments import Row
from client.screen.keymap import Action, When
from client.screen.model import Model
from client.screen.panes import Panes
from client.screen.prompts import Field
from client.screen.tabs import NO_DRAFT, Draft
from client.settings import ClientSettings
from protocol.phrases import Language


@dataclass
class Room:
    draft: Draft = NO_DRAFT
    inputs: list[str] = field(default_factory=list)


class StubModel(Model):
    def __init__(self) -> None:
        self.settings = ClientSettings()
        self.told: list[object] = []
        self.effects: list[Effect] = []
        self.rooms = {"lobby": Room(), "tea": Room()}
        self.shown = "lobby"
        self.current_mode = When.INPUT
        self.current_field: Field | None = None
        self.is_at_end = True
        self.takes_pastes = True
        self.possible: list[Candidate] = []
        self.usage = ""
        self.question: Row = []
        self.page: list[Row] = []
        self.messages: Callable[[int, int], list[Row]] = lambda _width, _height: []
        self.widths = Panes(0, 0)
        self.bar_title = "a title"

    # ---- what a test makes happen

    def go_to(self, room: str) -> None:
        self.shown = room
        self.effects.append(LoadDraft())

    def ask(self, mode: When, new: Field | None) -> None:
        self.current_mode, self.current_field = mode, new
        self.effects.append(LoadField())

    # ---- from the program

    def take_effects(self) -> list[Effect]:
        taken, self.effects = self.effects, []
        return taken

    def opened(self, session: int, name: str) -> None:
        self.told.append(("opened", name))

    def name_in_use(self, name: str) -> None:
        self.told.append(("in use", name))

    def notice(self, notices: Iterable[Notice], now: float, at: int) -> None:
        self.told.extend(notices)

    def adopt(self, saved: Saved) -> None:
        self.told.append(("adopt", saved))

    def tell(self, sentence: str, at: int) -> None:
        self.told.append(("tell", sentence))

    def edited(self, room: str, text: str) -> None:
        self.rooms[room].draft = Draft(text, len(text))

    def tick(self, now: float, at: int) -> None:
        self.told.append("tick")

    def next_deadline(self) -> float | None:
        return None

    def saved(self) -> Saved:
        return Saved()

    def focused(self, is_focused: bool, now: float, at: int) -> None:
        self.told.append(("focused", is_focused))

    # ---- from the keyboard

    def submit(self, text: str, now: float, at: int) -> None:
        self.told.append(("submit", text))
        room = self.rooms[self.shown]
        room.inputs.append(text)
        room.draft = NO_DRAFT
        self.effects.append(LoadDraft())

    def do(self, action: Action, now: float, at: int) -> None:
        self.told.append(action)

    def draft_changed(self, text: str, cursor: int) -> None:
        self.rooms[self.shown].draft = Draft(text, cursor)

    def field_changed(self, text: str) -> None:
        self.told.append(("field", text))

    def pasted(self, text: str) -> bool:
        self.told.append(("pasted", text))
        return self.takes_pastes

    def typed_over(self, text: str, now: float, at: int) -> None:
        self.told.append(("typed over", text))

    def candidates(self, before_cursor: str) -> list[Candidate]:
        self.told.append(("complete", before_cursor))
        return self.possible

    def hint(self, text: str) -> str:
        return self.usage if text else ""

    # ---- what is shown

    @property
    def language(self) -> Language:
        return Language.EN

    @property
    def mode(self) -> When:
        return self.current_mode

    @property
    def focus(self) -> str:
        return self.shown

    @property
    def draft(self) -> Draft:
        return self.rooms[self.shown].draft

    @property
    def input_history(self) -> Sequence[str]:
        return self.rooms[self.shown].inputs

    @property
    def field(self) -> Field | None:
        return self.current_field

    @property
    def at_end(self) -> bool:
        return self.is_at_end

    def panes(self, columns: int) -> Panes:
        return self.widths

    def title(self) -> str:
        return self.bar_title

    def topic_row(self, width: int) -> Row:
        return [("class:topic", "the topic".ljust(width))]

    def rooms_rows(self, width: int, height: int) -> list[Row]:
        return [[("class:room", room.ljust(width))] for room in self.rooms]

    def people_rows(self, width: int, height: int) -> list[Row]:
        return [[("class:person", "Ann")], [("class:person", "Bob")]]

    def message_rows(self, width: int, height: int) -> list[Row]:
        return self.messages(width, height)

    def status_row(self, width: int, now: float) -> Row:
        return [("class:status", "connected".ljust(width))]

    def prompt_row(self, width: int) -> Row:
        return self.question

    def overlay_rows(self, width: int, height: int) -> list[Row]:
        return self.page[:height]

"""What line mode writes, gathered until the adapter takes it. Pure.

Standard output gets what happens in the rooms and the answers to commands. Standard error gets
what is about the connection, and what was refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from client.errors import how_it_ended
from protocol.phrases import Phrase
from protocol.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from client.line_presenter import JsonValue, Presenter
    from protocol.rendering import Renderer

LINES_WAITING: Final = 1000
"""Lines that nobody has read; past it no answers are asked for."""


class LineOutput:
    """Lines and sentences in one language.

    Args:
        presenter: makes the lines.
        renderer: makes the sentences.
        program: named before the sentences about what failed.
        mute: write nothing to standard output.

    Attributes:
        presenter: see above.
        renderer: see above.
        lines: for standard output, without their ends.
        failed: something was refused.
        mute: see above.
        write_pending: called before an answer or news is written, to :meth:`add` what happened
            before; not when much is waiting for the reader.
    """

    def __init__(
        self, presenter: Presenter, renderer: Renderer, program: str, *, mute: bool
    ) -> None:
        self.presenter = presenter
        self.renderer = renderer
        self.lines: list[str] = []
        self.failed = False
        self.mute = mute
        self.write_pending: Callable[[], None] = lambda: None
        self._program = program
        self._sentences: list[str] = []

    # ---- standard output

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the reader that no more should be asked for."""
        return len(self.lines) >= LINES_WAITING

    def write(self, lines: Iterable[str]) -> None:
        """Write answers and news, after what happened before them."""
        if not self.mute:
            if not self.is_full:
                self.write_pending()
            self.lines += lines

    def add(self, lines: Iterable[str]) -> None:
        """Write what happened."""
        if not self.mute:
            self.lines += lines

    def notice(self, kind: str, /, **fields: JsonValue) -> None:
        """Write what only programs want to know."""
        self.write(self.presenter.notice(kind, **fields))

    def news(
        self, kind: str, fields: Mapping[str, JsonValue], phrase: Phrase, **words: str | int
    ) -> None:
        """Write what one learns about oneself: ``kind`` for programs, ``phrase`` for people."""
        self.write(self.presenter.told(kind, fields, phrase, words))

    # ---- standard error

    def tell(self, phrase: Phrase, kind: str = "", **fields: int | str) -> None:
        """Say something; programs get it as a notice, if that has a ``kind``."""
        if kind:
            self.notice(kind, **fields)
        self._say(self.renderer.say(phrase, **fields))

    def tell_text(self, text: str) -> None:
        """Say a text of somebody else's."""
        self._say(text)

    def prompt(self, phrase: Phrase) -> None:
        """Ask, and stay in that line."""
        self._sentences.append(self.renderer.say(phrase))

    def complain(self, key: str, fields: Mapping[str, int | str] | None = None) -> None:
        """Say what failed."""
        self._complain(self.renderer.refusal(key, fields or {}))

    def refuse(self, line: int, code: str, fields: Mapping[str, int | str]) -> None:
        """Say that a line was refused; ``line`` 0 when nobody counts them."""
        sentence = self.renderer.refusal(code, fields)
        self.notice("refused", line=line, code=code, sentence=sentence, fields=dict(fields))
        if line:
            sentence = self.renderer.say(Phrase.LINE_REFUSED, number=line, sentence=sentence)
        self._complain(sentence)

    def delay(self, code: str, fields: Mapping[str, int | str]) -> None:
        """Say why lines wait."""
        sentence = self.renderer.refusal(code, fields)
        self.notice("delayed", code=code, sentence=sentence)
        self._say(sentence)

    def session_over(self, code: str, fields: Mapping[str, int | str]) -> None:
        """Say why the session is over."""
        sentence = how_it_ended(self.renderer, code, fields)
        self.notice("over", code=code, sentence=sentence, fields=dict(fields))
        self._complain(sentence)

    def take_sentences(self) -> str:
        """Return what is for standard error, and forget it."""
        taken, self._sentences = "".join(self._sentences), []
        return taken

    def _complain(self, sentence: str) -> None:
        self.failed = True
        self._say(f"{self._program}: {sentence}")

    def _say(self, text: str) -> None:
        self._sentences.append(f"{clean(text)}\n")  # whatever a broker let through

"""What line mode writes, gathered until the adapter takes it. Pure.

Standard output gets what happens in the room and the answers to commands. Standard error gets
what is about the connection, and what was refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.errors import ended
from protocol.phrases import Language, Phrase, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from client.line_events import JsonValue, Presenter


class LineOutput:
    """Lines and sentences in one language.

    Args:
        presenter: makes the lines.
        language: of the sentences.
        program: named before the sentences about what failed.
        mute: write nothing to standard output.

    Attributes:
        lines: for standard output, without their ends.
        failed: something was refused.
        mute: see above.
    """

    def __init__(
        self, presenter: Presenter, language: Language, program: str, *, mute: bool
    ) -> None:
        self.presenter = presenter
        self.lines: list[str] = []
        self.failed = False
        self.mute = mute
        self._language = language
        self._program = program
        self._sentences: list[str] = []

    def write(self, lines: Iterable[str]) -> None:
        """Write lines to standard output."""
        if not self.mute:
            self.lines += lines

    def notice(self, kind: str, **fields: JsonValue) -> None:
        """Write what only programs want to know."""
        self.write(self.presenter.notice(kind, **fields))

    def tell(self, phrase: Phrase, kind: str = "", **fields: int | str) -> None:
        """Say something on standard error; programs get it as a notice, if that has a ``kind``."""
        if kind:
            self.notice(kind, **fields)
        self._sentences.append(f"{say(self._language, phrase, fields)}\n")

    def prompt(self, phrase: Phrase) -> None:
        """Ask on standard error, and stay in that line."""
        self._sentences.append(say(self._language, phrase))

    def complain(self, key: str, fields: Mapping[str, int | str] | None = None) -> None:
        """Say on standard error what failed."""
        self._complain(say(self._language, key, fields))

    def refuse(self, line: int, code: str, fields: Mapping[str, int | str]) -> None:
        """Say that a line was refused; ``line`` 0 when nobody counts them."""
        sentence = say(self._language, code, fields)
        self.notice("refused", line=line, code=code, sentence=sentence, fields=dict(fields))
        if line:
            fields = {"number": line, "sentence": sentence}
            sentence = say(self._language, Phrase.LINE_REFUSED, fields)
        self._complain(sentence)

    def delay(self, code: str, fields: Mapping[str, int | str]) -> None:
        """Say why lines wait."""
        sentence = say(self._language, code, fields)
        self.notice("delayed", code=code, sentence=sentence)
        self._sentences.append(f"{sentence}\n")

    def session_over(self, code: str) -> None:
        """Say why the session is over."""
        sentence = str(ended(self._language, code))
        self.notice("over", code=code, sentence=sentence)
        self._complain(sentence)

    def take_sentences(self) -> str:
        """Return what is for standard error, and forget it."""
        taken, self._sentences = "".join(self._sentences), []
        return taken

    def _complain(self, sentence: str) -> None:
        self.failed = True
        self._sentences.append(f"{self._program}: {sentence}\n")

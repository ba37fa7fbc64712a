"""Text with styles, in the shape that prompt_toolkit takes, without importing it."""

from __future__ import annotations

from typing import TypeAlias

Fragment: TypeAlias = tuple[str, str]
"""A style string such as ``class:time``, and the text that has it."""
Row: TypeAlias = list[Fragment]
"""One line of the screen, without a line end."""

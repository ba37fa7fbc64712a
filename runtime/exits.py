"""What our commands tell the shell when they end. Pure."""

from __future__ import annotations

from typing import Final

EXIT_FAILED: Final = 1
"""What was asked for could not be done."""
EXIT_USAGE: Final = 2
"""It could not start: the command line or a setting cannot be used."""
EXIT_SIGNAL: Final = 128
"""Plus the number of the signal that ended it, as shells report it."""

"""Where this platform keeps a program's state."""

from __future__ import annotations

from platformdirs import user_state_path


def default_state_folder() -> str:
    """Return the platform's folder for Hubbub's state."""
    return str(user_state_path("hubbub"))

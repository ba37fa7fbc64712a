"""What fails in the program itself: its details are kept in a file, and a key ends nothing."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prompt_toolkit.key_binding.key_bindings import Binding

from protocol.phrases import Phrase, say
from runtime.private_files import make_private_folder, replace_private

if TYPE_CHECKING:
    from prompt_toolkit.application import Application

    from client.settings import ClientSettings

_LOG_NAME: Final = "screen.log"


def keep_details(settings: ClientSettings, error: Exception) -> str:
    """Keep the details of a failure; return the sentence for the person."""
    path = Path(settings.state) / _LOG_NAME
    try:
        make_private_folder(path.parent)
        replace_private(path, "".join(traceback.format_exception(error)).encode())
    except OSError:
        return say(settings.language, Phrase.SCREEN_STOPPED, {"reason": type(error).__name__})
    return say(settings.language, Phrase.SCREEN_FAILED, {"path": str(path)})


def is_of_a_key(error: Exception) -> bool:
    """Return whether what a key is bound to failed, by us or by prompt_toolkit.

    Its key processor has started afresh by then, so the person can go on; not where the terminal
    has gone away.
    """
    if isinstance(error, OSError):
        return False
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is Binding.call.__code__ for frame, _ in frames)


def give_up_key(application: Application[int]) -> None:
    """Forget what the key was part of, and ring."""
    application.vi_state.operator_func = application.vi_state.operator_arg = None
    application.output.bell()
    application.invalidate()

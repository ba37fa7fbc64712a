from itertools import groupby

import pytest

from client.screen.help import help_lines, key_groups
from client.screen.keymap import KEYS, Action, When
from protocol.command_table import TABLE
from protocol.phrases import Language
from protocol.slash import CommandError


def test_no_key_means_two_things_at_once() -> None:
    modes = set(When) - {When.ALWAYS}
    for mode in modes:
        everywhere = When.ALWAYS if mode not in {When.PASTE, When.PROMPT} else mode
        bound = [name for key in KEYS if key.when in {mode, everywhere} for name in key.keys]
        assert len(bound) == len(set(bound)), mode


def test_every_action_has_a_key() -> None:
    assert {key.action for key in KEYS} == set(Action)


def test_keys_of_one_mode_stand_together() -> None:
    runs = [when for when, _ in groupby(KEYS, lambda key: key.when)]
    in_modes = [when for when in runs if when not in {When.ALWAYS, When.INPUT}]
    assert len(in_modes) == len(set(in_modes))
    assert len(list(key_groups())) == 7


@pytest.mark.parametrize("language", list(Language))
def test_help_lists_every_command_and_every_key(language: Language) -> None:
    lines = help_lines(language)
    shown = {line.key for line in lines}
    assert {f"/{row.name} {row.usage}".rstrip() for row in TABLE} <= shown
    rooms = {f"Alt-{number}" for number in range(1, 10)}
    assert {key.shown for key in KEYS} - rooms <= shown
    assert "Alt-1 … Alt-9" in shown


def test_help_about_one_command() -> None:
    (line,) = help_lines(Language.EN, "/nick and more")
    assert line.key == "/nick NAME"
    with pytest.raises(CommandError):
        help_lines(Language.EN, "dance")

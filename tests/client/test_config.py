"""Command line and settings file of the client: what wins, and what an error names."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from client.config import default_settings_file, parse_settings
from client.settings import ClientSettings, Notify
from client.settings_file import default_file
from protocol.errors import UsageError
from protocol.phrases import Language

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders for settings and state that hold nothing."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def write_default_file(text: str) -> Path:
    path = default_settings_file()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_defaults_and_where_state_is_kept(home: Path) -> None:
    assert parse_settings([]) == ClientSettings(state=f"{home}/state/hubbub/client")
    assert parse_settings(["--state=here"]).state == "here"


def test_flags() -> None:
    settings = parse_settings(
        ["--name=Duke", "--connect=tcp://[::1]:6000", "--room=den", "--send=-", "--language=zh"]
    )
    assert settings.name == "Duke"
    assert settings.connect == "tcp://[::1]:6000"
    assert (settings.room, settings.send, settings.language) == ("den", "-", Language.ZH)


def test_json_implies_plain() -> None:
    assert parse_settings(["--json"]).plain
    assert not parse_settings(["--plain"]).json


@pytest.mark.parametrize("text", ["null", "true", "1", ""])
def test_a_text_to_send_stays_a_text(text: str) -> None:
    assert parse_settings([f"--send={text}"]).send == text


def test_a_name_is_taken_as_it_will_be_shown() -> None:
    assert parse_settings(["--name= Ａnn "]).name == "Ann"


def test_the_default_file_is_read_and_flags_win() -> None:
    write_default_file('name = "Ann"\nroom = "den"\nname-column = 20\n')
    settings = parse_settings(["--room=lobby"])
    assert (settings.name, settings.room, settings.name_column) == ("Ann", "lobby", 20)


def test_a_file_that_is_named_stands_in_place_of_the_default_one(tmp_path: Path) -> None:
    write_default_file("bell = false\n")
    other = tmp_path / "other.toml"
    other.write_text("mouse = true\n")
    settings = parse_settings([f"--config={other}"])
    assert settings.bell
    assert settings.mouse


def test_a_damaged_default_file_is_not_read_where_another_is_named() -> None:
    write_default_file("no TOML at all")
    assert parse_settings(["--config=/dev/null"]).name == ""
    with pytest.raises(UsageError, match="no valid TOML"):
        parse_settings([])


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        'theme = "mine"\nhighlight = ["java"]\n[notify-rooms]\n"build log" = "mute"\n'
        '[themes.mine]\n"nick.own" = "bold #ffaf00"\n'
    )
    settings = parse_settings([f"--config={path}"])
    assert settings.highlight == ("java",)
    assert settings.notify_rooms == {"build log": Notify.MUTE}
    assert settings.themes == {"mine": {"nick.own": "bold #ffaf00"}}


def test_the_printed_file_is_one_that_changes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_settings(["--print-config"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert printed == default_file()
    tomllib.loads(printed)
    path = tmp_path / "settings.toml"
    path.write_text(printed)
    assert parse_settings([f"--config={path}"]) == parse_settings([])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name-column = 2", "name-column in {} cannot be used: Expected a whole number"),
        ("name-column = '14'", "name-column in {} cannot be used: Expected a whole number, got"),
        ("bell = 1", "bell in {} cannot be used: Expected true or false"),
        ("editing = 'ed'", 'editing in {} cannot be used: write "emacs" or "vi".'),
        ("colours = 256", 'in {} cannot be used: write "auto", "mono", "16", "256" or "true".'),
        ("highlight = 'java'", "highlight in {} cannot be used: Expected a list, got a text"),
        ("highlight = ['java', '']", "highlight[1] in {} cannot be used"),
        ("room = ''", "room in {} cannot be used"),
        ("send = 'hi'", "send in {} cannot be used: it is for the command line alone"),
        ("connect = '5555'", "connect in {} cannot be used: '5555' is no endpoint"),
        ("name = 'a b'", "name in {} cannot be used: That name is not allowed"),
        ("theme = 'mine'", "theme in {} cannot be used: there is no 'mine'"),
        ("notify-rooms = 'all'", "notify-rooms in {} cannot be used: it is no table"),
        (
            "[notify-rooms]\nden = 'loud'",
            'notify-rooms.den in {} cannot be used: write "all", "m',
        ),
        ("[notify-rooms]\nden = ['all']", "notify-rooms.den in {} cannot be used"),
        ("[notify-rooms]\n'a b' = 1", 'notify-rooms."a b" in {} cannot be used'),
        ("themes = 1", "themes in {} cannot be used: it is no table"),
        ("[themes]\nmine = 'red'", "themes.mine in {} cannot be used: it is no table"),
        ("[themes.mine]\ntim = 'bold'", "themes.mine.tim in {} cannot be used: there is no such"),
        ("[themes.mine]\ntime = 'bald'", "themes.mine.time in {} cannot be used: 'bald' is neith"),
        ("[themes.mine]\ntime = 1", "themes.mine.time in {} cannot be used: a style is a text"),
        ("[themes.mine]\nnick.own = 'dim'", 'mine.nick in {} cannot be used: write "nick.own" in'),
        ("[themes.mine]\n'nick.own' = 'x'", 'themes.mine."nick.own" in {} cannot be used'),
    ],
)
def test_an_error_names_the_setting_and_the_file(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        parse_settings([f"--config={path}"])
    assert str(error.value).startswith(f"The setting {'themes.' if told[:4] == 'mine' else ''}")
    assert told.format(path) in str(error.value)


def test_a_setting_that_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("name-colum = 2")
    with pytest.raises(UsageError, match=f"There is no setting name-colum in {path}"):
        parse_settings([f"--config={path}"])


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--connect=5555", "connect cannot be used: '5555' is no endpoint: write tcp://HOST:PORT"),
        ("--connect=tcp://127.0.0.1:0", "connect cannot be used"),
        ("--connect=tcp://*:5555", "connect cannot be used"),
        ("--connect=tcp://é:5555", "connect cannot be used"),
        ("--name=a b", "name cannot be used: That name is not allowed"),
        (f"--name={'x' * 33}", "longer than 32 characters"),
        ("--room=", "room cannot be used"),
        ("--language=tlh", "--language"),
        ("--name-column=2", "--name-column"),
        ("--nam=Duke", "--nam"),
        ("Duke", "Duke"),
    ],
)
def test_a_flag_that_cannot_be_used(flag: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_settings([flag])
    assert told in str(error.value)

"""What the broker's settings come to."""

from pathlib import Path

import pytest

from broker.config import MOTD_BYTES, message_of_the_day, parse_settings
from broker.decide_words import TALKS_KEPT
from broker.state import IGNORED_KEPT, LOBBY
from protocol.codec import encode
from protocol.errors import UsageError
from protocol.limits import LARGEST_NUMBER, REPLY_MAX_BYTES, Limits
from protocol.messages import Ignored, RoomHead, Welcome
from protocol.questions import Kind


def motd(path: Path) -> str:
    return message_of_the_day(parse_settings([f"--motd={path}"]))


def test_the_message_of_the_day_is_what_the_file_says_without_control_characters(
    tmp_path: Path,
) -> None:
    path = tmp_path / "motd"
    path.write_text("\nWelcome, 你好.\r\n\x1b[31mBe kind.\x1b[0m\n\n")
    assert motd(path) == "Welcome, 你好.\nBe kind."
    assert message_of_the_day(parse_settings([])) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"x" * (64 * 1024 + 1), "longer than 200 lines or 64 KiB"),
        (b"x\n" * 201, "longer than 200 lines or 64 KiB"),
    ],
)
def test_a_message_of_the_day_that_cannot_be_used_is_named_at_the_start(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "motd"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=f"{path}.*{said}"):
        motd(path)


def test_welcome_states_the_limits_that_are_set() -> None:
    limits = parse_settings(
        [
            "--burst=7", "--person-rate=0.5", "--joins-per-minute=3", "--renames-per-minute=0",
            "--rooms-per-person=9", "--sessions-per-address=0",
        ]
    ).limits  # fmt: skip
    assert (limits.burst, limits.per_second, limits.rooms) == (7, 0.5, 9)
    assert (limits.joins_per_minute, limits.renames_per_minute) == (3.0, 0.0)
    assert limits.sessions_per_address == 0


def test_nobody_is_in_more_rooms_than_a_welcome_has_room_for() -> None:
    assert parse_settings(["--rooms-per-person=200"]).limits.rooms == 200
    with pytest.raises(UsageError, match="rooms-per-person"):
        parse_settings(["--rooms-per-person=201"])
    name, text = "\U0001f600" * 32, "\U0001f600" * 400
    number = LARGEST_NUMBER
    room = RoomHead(2 * name, number, number, Kind.PRIVATE, text, number)
    talk = RoomHead("@" + 33 * "f", number, number, Kind.TALK, "", number, 16 * "f", name)
    welcome = Welcome(
        number, 16 * "f", name, name, True, number, 16 * "f", number, number, "ipc://", LOBBY,
        200 * (room,) + TALKS_KEPT * (talk,), Limits(), MOTD_BYTES * "\n",
        IGNORED_KEPT * (Ignored(16 * "f", name),), True, text[:200], True,
    )  # fmt: skip
    assert len(encode(welcome)) + 2 < REPLY_MAX_BYTES

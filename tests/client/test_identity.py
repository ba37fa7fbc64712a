"""A client that crashed comes back as itself; two clients never share a token."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client import identity as module
from client.identity import Identity, NameInUse, claim
from protocol.endpoints import DEFAULT_BROKER
from protocol.limits import LARGEST_NUMBER
from protocol.names import compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Processes

NO_FOLDER = Path("/proc/sys/kernel/hubbub")  # not even the administrator may make it


@pytest.fixture
def duke(tmp_path: Path) -> Iterator[Identity]:
    identity = claim(tmp_path / "state", DEFAULT_BROKER, "Duke")
    yield identity
    identity.close()


def again(identity: Identity) -> Identity:
    """Start anew after a crash: the lock is gone, and nothing else was done."""
    identity.close()
    return claim(identity.saved_path.parent, DEFAULT_BROKER, identity.name)


def kept_file(identity: Identity) -> Path:
    return identity.saved_path.with_suffix(".json")


def test_a_new_identity(duke: Identity) -> None:
    assert re.fullmatch("[0-9a-f]{32}", duke.token)
    assert re.fullmatch("[0-9a-f]{16}", duke.link_name)
    assert duke.problem == ""


def test_everything_is_readable_by_its_owner_alone(duke: Identity) -> None:
    duke.renew()
    folder = duke.saved_path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {".json": 0o600, ".lock": 0o600}


def test_a_mode_that_was_opened_is_closed_again(duke: Identity) -> None:
    kept_file(duke).chmod(0o644)
    later = again(duke)
    assert stat.S_IMODE(kept_file(later).stat().st_mode) == 0o600
    later.close()


def test_the_next_start_is_the_same_session_and_later_connections(duke: Identity) -> None:
    later = again(duke)
    assert later.token == duke.token
    assert later.link_name == duke.link_name
    assert later.attempts - duke.attempts >= 1 << 20
    assert later.saved_path == duke.saved_path
    later.close()


def test_after_the_session_the_next_start_is_a_new_one(duke: Identity) -> None:
    old = duke.token
    duke.renew()
    assert duke.token != old
    later = again(duke)
    assert later.token == duke.token
    later.close()


@pytest.mark.parametrize("name", ["Duke", "duke", "DUKE"])
def test_the_name_is_in_use_until_it_is_closed(duke: Identity, name: str) -> None:
    folder = duke.saved_path.parent
    with pytest.raises(NameInUse) as error:
        claim(folder, DEFAULT_BROKER, name)
    assert error.value.name == name
    assert claim(folder, DEFAULT_BROKER, "Ann").token != duke.token
    assert claim(folder, "tcp://127.0.0.1:6000", "Duke").token != duke.token
    again(duke).close()
    duke.close()


def test_a_kill_frees_the_name(tmp_path: Path, processes: Processes) -> None:
    script = (
        "import sys, pathlib, client.identity as i\n"
        f"one = i.claim(pathlib.Path(sys.argv[1]), {DEFAULT_BROKER!r}, 'Duke')\n"
        "print(one.token, flush=True)\n"
        "sys.stdin.read()\n"
    )
    program = processes.start([sys.executable, "-c", script, str(tmp_path)])
    token = program.read_until("\n").strip()
    with pytest.raises(NameInUse):
        claim(tmp_path, DEFAULT_BROKER, "Duke")
    program.kill()
    duke = claim(tmp_path, DEFAULT_BROKER, "Duke")
    assert duke.token == token
    duke.close()


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        b'{"token":"no","link":"0123456789abcdef"}',
        b'{"token":"0123456789abcdef0123456789abcdef\\n","link":"0123456789abcdef"}',
        b'{"token":"0123456789abcdef0123456789abcdef","link":"0123456789abcdef","starts":1e300}',
        b'{"token":"0123456789abcdef0123456789abcdef","link":"0123456789abcdef","starts":-1}',
    ],
)
def test_a_damaged_file_is_replaced(duke: Identity, damage: bytes) -> None:
    kept_file(duke).write_bytes(damage)
    later = again(duke)
    assert later.problem == ""
    assert later.token not in {duke.token, "0123456789abcdef0123456789abcdef"}
    last = again(later)
    assert last.token == later.token
    last.close()


def test_what_a_kill_left_half_written_is_in_nobodys_way(duke: Identity) -> None:
    half = kept_file(duke).with_name(f"{kept_file(duke).name}.new")
    half.write_bytes(b'{"tok')
    half.chmod(0o644)
    later = again(duke)
    assert later.token == duke.token
    assert not half.exists()
    later.close()


def test_without_a_folder_the_chat_goes_on_in_memory() -> None:
    first = claim(NO_FOLDER, DEFAULT_BROKER, "Duke")
    second = claim(NO_FOLDER, DEFAULT_BROKER, "Duke")
    assert first.problem
    assert first.token != second.token
    old = first.token
    first.renew()
    assert first.token != old
    first.close()


def test_on_a_full_disk_the_session_goes_on_and_no_attempt_is_used_twice(
    duke: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_private", full)
        later = again(duke)
    assert later.problem == "No space left on device"
    assert later.token == duke.token
    assert later.link_name != duke.link_name
    later.renew()
    assert later.problem == ""
    last = again(later)
    assert last.token == later.token
    last.close()


def test_every_start_is_counted_and_the_session_has_a_name_that_is_no_secret(
    duke: Identity,
) -> None:
    session = duke.session
    assert duke.starts == 1
    assert re.fullmatch("[0-9a-f]{16}", session)
    assert session not in duke.token
    later = again(duke)
    assert (later.starts, later.session) == (2, session)
    later.renew()
    assert later.session != session
    last = again(later)
    assert (last.starts, last.session) == (3, later.session)
    last.close()


def test_a_start_that_is_not_counted_leaves_nothing_to_rely_on(
    duke: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    duke.saved_path.write_text("kept")
    with monkeypatch.context() as patch:
        patch.setattr(module, "replace_private", full)
        later = again(duke)
    assert later.starts == 0
    assert not later.saved_path.exists()
    assert later.outdated_path.read_text() == "kept"
    later.close()


def test_attempts_stay_numbers_of_the_protocol(duke: Identity) -> None:
    kept = msgspec.json.decode(kept_file(duke).read_bytes())
    kept["starts"] = (1 << 32) - 1
    kept_file(duke).write_bytes(msgspec.json.encode(kept))
    later = again(duke)
    assert later.token == duke.token
    assert later.attempts + (1 << 20) < LARGEST_NUMBER
    last = again(later)
    assert last.link_name != duke.link_name or last.attempts > later.attempts
    last.close()


@given(st.text(), st.text())
def test_file_names_are_safe_whatever_the_name_is(endpoint: str, name: str) -> None:
    stem = module._stem(endpoint, name)
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{16}", stem)
    assert len(stem) < 64
    assert module._stem(endpoint, compared(name)) == stem
    assert module._stem(endpoint + "x", name) != stem


def test_a_person_recognises_the_files() -> None:
    assert module._stem(DEFAULT_BROKER, "Duke").startswith("duke-")
    assert module._stem(DEFAULT_BROKER, "杜克").startswith("name-")

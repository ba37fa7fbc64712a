"""The targets that people type with values of their own."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"


def client_arguments(folder: Path, *arguments: str, **environment: str) -> list[str]:
    """Return with which arguments `make client` starts the client."""
    program = folder / "bin" / "chat-client"
    program.parent.mkdir()
    program.write_text(CLIENT)
    program.chmod(0o700)
    made = subprocess.run(
        ["make", "--no-print-directory", f"VENV={folder}", "--assume-old=venv", *arguments,
         "client"],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return made.stdout.splitlines()


@pytest.mark.parametrize(
    "name", ["Duke", "a$b", "a$$b", "a$(HOME)b", "a$(b", "it's", 'a"b', "a b", "`ls`", "#1", ""]
)
def test_a_name_reaches_the_client_as_it_was_typed(tmp_path: Path, name: str) -> None:
    assert client_arguments(tmp_path, f"NAME={name}", "ARGS=--plain") == [
        f"--name={name}", "--plain"
    ]  # fmt: skip


def test_a_name_of_the_environment_is_not_the_persons(tmp_path: Path) -> None:
    assert client_arguments(tmp_path, "ARGS=--plain", NAME="host") == ["--plain"]

"""The picture of the README is the one that the script makes, but for the times."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.docs.pages import DOCS
from tests.docs.picture import PICTURE, play
from tests.processes import needs_nc

CHANGING = re.compile(
    r"\d\d:\d\d|127\.0\.0\.1:\d+|\(\d+ ms\)|\d+ repaired · |[A-Z]\w+day \d{4}-\d\d-\d\d"
)
"""Times, ports, and how the network was."""


def words_of(svg: str) -> list[str]:
    """Return the texts of a picture, less what changes from run to run."""
    texts = (text.text or "" for text in ET.fromstring(svg).iter())  # noqa: S314 - it is our own
    return [left for text in texts if (left := CHANGING.sub("", text).strip())]


@needs_nc
def test_a_run_gives_the_picture_that_is_there() -> None:
    there, made = (words_of(svg) for svg in (PICTURE.read_text(encoding="utf-8"), play()))
    if there != made:
        pytest.fail(f"run: python -m tests.docs.picture\n{there}\n{made}")


def test_the_readme_shows_it() -> None:
    place = PICTURE.relative_to(DOCS.parent).as_posix()
    assert f"]({place})" in (DOCS.parent / "README.md").read_text(encoding="utf-8")

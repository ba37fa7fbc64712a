from hypothesis import given
from hypothesis import strategies as st

from client.screen.look import Look
from client.screen.switcher import Switcher, score
from client.screen.tabs import Tab
from client.screen.transcript import Transcript
from client.settings import Notify
from tests.client.screen.screens import local


def tab(room: str) -> Tab:
    return Tab(room, Transcript(local, Look()), Notify.MENTIONS)


def test_what_does_not_fit_has_no_score() -> None:
    assert score("xyz", "lobby") is None
    assert score("yb", "lobby") is None


def test_starts_of_names_and_of_their_parts_fit_best() -> None:
    rooms = [tab(name) for name in ("hubbub-devel", "random", "dev", "old-videos")]
    switcher = Switcher(rooms, rooms[0])
    switcher.type("dev")
    assert [found.room for found in switcher.found][:2] == ["dev", "hubbub-devel"]
    assert "random" not in {found.room for found in switcher.found}


def test_nothing_typed_offers_the_room_before_first_and_selection_goes_around() -> None:
    rooms = [tab(name) for name in ("a", "b", "c")]
    switcher = Switcher(rooms, rooms[2])
    assert [found.room for found in switcher.found] == ["c", "a", "b"]
    switcher.select(-1)
    assert switcher.choice is rooms[1]


def test_where_nothing_fits_there_is_no_choice() -> None:
    switcher = Switcher([tab("a")], tab("b"))
    switcher.type("zzz")
    switcher.select(1)
    assert switcher.choice is None


@given(st.text(max_size=12), st.data())
def test_any_characters_of_a_name_in_order_find_it(name: str, data: st.DataObject) -> None:
    folded = name.casefold()
    kept = data.draw(st.lists(st.booleans(), min_size=len(folded), max_size=len(folded)))
    pattern = "".join(c for c, keep in zip(folded, kept, strict=True) if keep)
    if pattern.casefold() == pattern:
        assert score(pattern, name) is not None

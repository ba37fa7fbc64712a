from client.screen.history import History, OldEvents
from protocol.events import Said
from protocol.messages import Events
from protocol.questions import Page


def said(*numbers: int) -> tuple[Said, ...]:
    return tuple(Said(number, 0, "a", "ann", number, "x") for number in numbers)


def test_one_page_at_a_time_is_asked_for() -> None:
    history = History("lobby")
    assert history.fetch(-40, 59) == Page("lobby", 1, 59)
    assert history.is_fetching
    assert history.fetch(1, 59) is None
    history.stop()
    assert history.fetch(1, 0) is None


def test_an_answer_that_was_cut_is_put_together() -> None:
    history = History("lobby")
    assert history.fetch(1, 5) == Page("lobby", 1, 5)
    assert history.answered(Events("j", "lobby", said(1, 2), 1, 9)) == Page("lobby", 3, 5)
    assert history.is_fetching
    fetched = history.answered(Events("j", "lobby", said(3, 4, 5, 6), 1, 9))
    assert isinstance(fetched, OldEvents)
    assert [event.number for event in fetched.events] == [1, 2, 3, 4, 5]
    assert not history.is_fetching


def test_an_empty_answer_ends_it() -> None:
    history = History("lobby")
    history.fetch(1, 5)
    assert history.answered(Events("j", "lobby", (), 9, 9)) == OldEvents([], 9)
    assert not history.is_fetching

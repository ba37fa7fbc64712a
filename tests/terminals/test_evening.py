"""An evening of people on ``nc`` and at the full screen: rooms, talk, and what was said.

Each test is an hour of it, and ``test_late_evening`` has the others. At its start and its end
everybody is in the lobby and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.processes import needs_nc

if TYPE_CHECKING:
    from tests.terminals.evening import Evening, Screen

pytestmark = needs_nc

# What somebody who was put out is typing was not meant for another room.
NOWHERE = "-- what you type goes nowhere now: /focus #lobby talks there."


def test_rooms_are_made_found_and_left(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Ann", "/rooms", Ann="#lobby, people: 4, you are in it")
    when("Ann", "/join #Kitchen", Ann="-- you talk in #kitchen now; people here: 1.")
    when("Ann", "/topic", Ann="#kitchen has no subject: /topic TEXT sets one.")
    when("Ann", "/topic soup", Ann="Ann set the subject: soup")
    duke.terminal.say("/rooms")
    duke.terminal.wait_for(
        "Rooms: 2", "#kitchen  1 here · soup", "#lobby    4 here · you are in it"
    )
    duke.terminal.press("enter")
    duke.topic("#kitchen · soup")
    evening.sees(Ann="Duke came in")
    when(
        "Bob", "/join kitchen",
        Ann="Bob came in",
        Bob="-- you talk in #kitchen now; people here: 3.\n#kitchen is about: soup",
    )  # fmt: skip
    when("Ann", "/who", Ann="userid:ID, username:Ann (owner)\n"
         "userid:KEY, username:Duke\nuserid:ID, username:Bob")  # fmt: skip
    when("Bob", "hello", Ann="Bob: hello", Bob="Bob: hello")
    duke.shows("Bob hello")
    # Lines of the room in focus are plain; others carry the room's name.
    when("Eve", "alone?", Ann="#lobby Eve: alone?", Bob="#lobby Eve: alone?", Eve="Eve: alone?")
    when("Ann", "/focus lobby", Ann="-- you talk in #lobby now.")
    when("Ann", "no", Ann="Ann: no", Bob="#lobby Ann: no", Eve="Ann: no")
    set_subject = "Duke set the subject: bread"
    when("Duke", "/topic bread", Ann=f"#kitchen {set_subject}", Bob=set_subject)
    duke.topic("#kitchen · bread")
    duke.shows("Bob hello", set_subject)
    left = "-- you are in #kitchen no more."
    when(
        "Bob", "/leave",
        Ann="#kitchen Bob left", Bob=f"{left}\n-- you talk in #lobby now.",
    )  # fmt: skip
    when("Duke", "/leave", Ann="#kitchen Duke left")
    duke.topic("#lobby")
    duke.shows("Eve alone?", "Ann no")
    when("Ann", "/leave #kitchen", Ann=left)
    # Nobody is there: it is not listed, and what was said and set is kept.
    when("Bob", "/rooms", Bob="#lobby, people: 4, you are in it")
    when(
        "Bob", "/join #kitchen",
        Bob="-- you talk in #kitchen now; people here: 1.\n#kitchen is about: bread\n"
        "-- NOW+08 Bob: hello",
    )  # fmt: skip
    when("Bob", "/leave", Bob=f"{left}\n-- you talk in #lobby now.")


def test_private_rooms_are_for_the_invited(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Duke", "/join #den --private")
    duke.topic("#den")
    duke.topic("private · 1 here")
    when("Duke", "a secret")
    duke.shows("Duke a secret")
    when("Eve", "/join #den", Eve="The room #den is private: somebody in it must invite you.")
    when("Eve", "/rooms", Eve="#lobby, people: 4, you are in it")
    when("Duke", "/invite Ann", Ann="-- Duke invites you: /join #den enters.")
    duke.shows("Duke invited Ann")
    when(
        "Ann", "/rooms",
        Ann="#den, people: 1, private, you are invited\n#lobby, people: 4, you are in it",
    )  # fmt: skip
    # Members read from their coming on.
    when("Ann", "/join #den", Ann="-- you talk in #den now; people here: 2.")
    when("Ann", "/history", Ann="Nothing was said here.")
    when("Ann", "another one", Ann="Ann: another one")
    duke.shows("Ann another one")
    when("Ann", "/invite Bob", Ann="Ann invited Bob", Bob="-- Ann invites you: /join #den enters.")
    when(
        "Bob", "/join #den",
        Ann="Bob came in", Bob="-- you talk in #den now; people here: 3.",
    )  # fmt: skip
    when("Ann", "/search secret", Ann="Nothing was found.")
    # Put out of it, nobody comes back without being invited again.
    when(
        "Duke", "/kick Bob too loud",
        Ann="Duke put Bob out: too loud",
        Bob=f"Duke put Bob out: too loud\n-- you are in #den no more.\n{NOWHERE}",
    )  # fmt: skip
    when("Bob", "/focus lobby", Bob="-- you talk in #lobby now.")
    when("Bob", "/join #den", Bob="The room #den is private: somebody in it must invite you.")
    when("Eve", "over here", Ann="#lobby Eve: over here", Bob="Eve: over here",
         Eve="Eve: over here")  # fmt: skip
    when("Bob", "/history 1", Bob="-- NOW+08 Eve: over here")
    when("Ann", "/leave", Ann="-- you are in #den no more.\n-- you talk in #lobby now.")
    duke.shows("Duke put Bob out: too loud", "−Ann")
    when("Duke", "/leave")
    duke.topic("#lobby")


def test_two_talk_in_private(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when(
        "Ann", "/msg bob psst",
        Ann="[private to Bob] Ann: psst", Bob="[private] Ann: psst",
    )  # fmt: skip
    when("Bob", "/reply yes?", Ann="[private] Bob: yes?", Bob="[private to Ann] Bob: yes?")
    when("Bob", "/focus Ann", Bob="-- you talk with Ann in private now.")
    when("Bob", "what?", Ann="[private] Bob: what?", Bob="[private to Ann] Bob: what?")
    when("Bob", "/focus #lobby", Bob="-- you talk in #lobby now.")
    when("Ann", "/msg DUKE are you there?", Ann="[private to Duke] Ann: are you there?")
    duke.goes_to_the_new()
    duke.topic("Ann")
    duke.shows("Ann are you there?")
    when("Duke", "I am", Ann="[private] Duke: I am")
    duke.shows("Ann are you there?", "Duke I am")
    when("Ann", "/reply good", Ann="[private to Duke] Ann: good")
    duke.shows("Ann good")
    when("Duke", "/msg Eve and you?", Eve="[private] Duke: and you?")
    duke.topic("Eve")
    when("Eve", "/reply me too", Eve="[private to Duke] Eve: me too")
    duke.shows("Duke and you?", "Eve me too")
    # Who leaves the conversation is brought back by the next word, and sees what came before.
    when("Duke", "/leave", Eve="[private] Duke left")
    when("Eve", "/reply still there?", Eve="[private to Duke] Eve: still there?")
    duke.goes_to_the_new()
    duke.waits(
        lambda rows: (
            [row.split()[-1] for row in rows if "you?" in row or "too" in row or "?" in row]
            == ["you?", "too", "there?"]
        ),
        "the conversation, each line once",
    )
    when("Duke", "/leave", Eve="[private] Duke left")
    duke.goes_to("Ann")
    when("Duke", "/leave", Ann="[private] Duke left")


def test_who_is_away_and_who_is_who(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Bob", "/away lunch")
    evening.all_see("Bob is away: lunch")
    whois = (
        "userid:ID, username:Bob, id:KEY\n  here since NOW+08 by nc, idle for 1s\n"
        "  rooms that you share: #lobby"
    )
    when("Ann", "/whois bob", Ann=f"{whois}\n  away: lunch")
    when(
        "Ann", "/who",
        Ann="userid:ID, username:Ann\nuserid:ID, username:Bob (away: lunch)\n"
        "userid:ID, username:Eve\nuserid:KEY, username:Duke",
    )  # fmt: skip
    duke.terminal.say("/whois Bob")
    duke.page(
        "Bob", "userid:ID, username:Bob, id:KEY", "here since NOW+00 by nc, idle for 1s",
        "rooms that you share: #lobby", "away: lunch",
    )  # fmt: skip
    duke.terminal.say("/who")
    duke.page("In #lobby: 4", "Ann ID", "Bob ID · away: lunch")
    when("Duke", "/away writing")
    evening.all_see("Duke is away: writing")
    duke.status("away: writing")
    when("Bob", "/back")
    evening.all_see("Bob is back")
    when("Duke", "/back")
    evening.all_see("Duke is back")
    when("Ann", "/whois Bob", Ann=whois)


def test_words_of_the_ignored_are_not_seen(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Eve", "/ignore", Eve="You ignore nobody.")
    when("Eve", "/ignore bob", Eve="You see nothing of Bob any more.")
    when("Eve", "/ignore", Eve="You ignore: Bob")
    duke.refuses("/ignore Bob", "You see nothing of Bob any more.")
    when("Bob", "do you see me?", Ann="Bob: do you see me?", Bob="Bob: do you see me?")
    when("Bob", "/edit or me?", Ann="Bob edited: or me?", Bob="Bob edited: or me?")
    when("Bob", "/msg Eve hello?", Bob="[private to Eve] Bob: hello?")
    when("Bob", "/away", Ann="Bob is away", Bob="Bob is away")
    when("Bob", "/back", Ann="Bob is back", Bob="Bob is back")
    when("Eve", "nobody there")
    evening.all_see("Eve: nobody there")
    duke.shows("You see nothing of Bob any more.", "Eve nobody there")
    duke.terminal.say("/ignore")
    duke.page("Ignored: 1", "Bob")
    when("Eve", "/unignore BOB", Eve="You see Bob again.")
    duke.refuses("/unignore Bob", "You see Bob again.")
    when("Bob", "and now?")
    evening.all_see("Bob: and now?")
    duke.shows("Bob and now?")


def test_what_was_said_before(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Eve", "/join #archive", Eve="-- you talk in #archive now; people here: 1.")
    when("Eve", "one", "/me nods", "three", Eve="Eve: one\n* Eve nods\nEve: three")
    said = ["-- NOW+08 Eve: one", "-- NOW+08 * Eve nods", "-- NOW+08 Eve: three"]
    when("Eve", "/history", Eve="\n".join(said))
    when("Eve", "/history 2", Eve="\n".join(said[1:]))
    when("Eve", "/history since 1h", Eve="\n".join(said))
    when("Eve", "/history since 2100-01-01", Eve="Nothing was said here.")
    # Who comes later reads it too, once, before what is said then.
    when("Duke", "/join #archive", Eve="Duke came in")
    duke.shows("Eve one", "* Eve nods", "Eve three", "+Duke")
    when("Eve", "four", Eve="Eve: four")
    duke.shows("Eve one", "* Eve nods", "Eve three", "+Duke", "Eve four")
    duke.terminal.say("/history 2")
    duke.page("Said in #archive", "4 NOW+00 Eve: three", "6 NOW+00 Eve: four")
    when("Duke", "/leave", Eve="Duke left")
    when("Eve", "/leave", Eve="-- you are in #archive no more.\n-- you talk in #lobby now.")


def test_words_are_changed_and_taken_back(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Ann", "hullo")
    evening.all_see("Ann: hullo")
    duke.shows("Ann hullo")
    when("Ann", "/edit hello")
    evening.all_see("Ann edited: hello")
    duke.shows("Ann hello (edited)")
    when("Duke", "oops")
    evening.all_see("Duke: oops")
    when("Duke", "/delete")
    evening.all_see("Duke deleted a message")
    duke.shows("Ann hello (edited)", "Duke (deleted)")
    when("Duke", "helo")
    evening.all_see("Duke: helo")
    when("Duke", "/edit hello too")
    evening.all_see("Duke edited: hello too")
    duke.shows("hello too (edited)")
    when(
        "Bob", "/history 3",
        Bob="-- NOW+08 Ann: hello (edited)\n-- NOW+08 Duke: (deleted)\n"
        "-- NOW+08 Duke: hello too (edited)",
    )  # fmt: skip
    when("Bob", "/search hullo", Bob="Nothing was found.")
    when("Bob", "/search oops", Bob="Nothing was found.")


def test_messages_are_found_and_shown_in_their_place(evening: Evening, duke: Screen) -> None:
    when = evening.when
    library = "-- you talk in #library now; people here: 1."
    when("Ann", "/join #library", Ann=library)
    when("Ann", "a needle", "针在草堆里", Ann="Ann: a needle\nAnn: 针在草堆里")
    hay = [f"hay {number}" for number in range(300)]
    when("Ann", *hay, Ann="\n".join(f"Ann: {line}" for line in hay))
    when("Bob", "a needle elsewhere")
    evening.sees(Ann="#lobby Bob: a needle elsewhere", Bob="Bob: a needle elsewhere")
    evening.sees(Eve="Bob: a needle elsewhere")
    found = "-- NOW+08 #library:2 Ann: a needle"
    # Newest first; nothing of rooms that one is not in.
    when(
        "Ann",
        "/search needle before:2100-01-01",
        Ann=f"-- NOW+08 #lobby:* Bob: a needle elsewhere\n{found}",
    )
    when("Ann", "/search Needle in:#library from:ann after:1h", Ann=found)
    when("Ann", "/search 草堆", Ann="-- NOW+08 #library:3 Ann: 针在草堆里")
    when("Ann", "/search needle before:1h", Ann="Nothing was found.")
    when("Eve", "/search needle", Eve="-- NOW+08 #lobby:* Bob: a needle elsewhere")
    when("Duke", "/join #library", Ann="Duke came in")
    duke.shows("hay 298", "hay 299", "+Duke")
    duke.terminal.say("/search needle in:#library")
    duke.terminal.wait_for("Found for needle: 1", "#library  Ann: a needle")
    duke.terminal.press("enter")
    duke.status("an older place: End goes back")
    duke.terminal.wait_for("Ann a needle", "hay 0")
    duke.terminal.press("end")
    duke.shows("hay 298", "hay 299", "+Duke")
    when("Duke", "/leave", Ann="Duke left")
    when("Ann", "/leave", Ann="-- you are in #library no more.\n-- you talk in #lobby now.")

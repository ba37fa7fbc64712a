"""The later hours of the evening: operators, the administrator, and somebody in line mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.processes import needs_nc, script

if TYPE_CHECKING:
    from tests.terminals.evening import Evening, Screen

pytestmark = needs_nc

NO_OPERATOR = "Only an operator may do that."
# What somebody who was put out is typing was not meant for another room.
PUT_OUT = (
    "-- you are in #stage no more.\n-- what you type goes nowhere now: /focus #lobby talks there."
)


def test_operators_keep_order_in_their_room(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Bob", "/join #stage", Bob="-- you talk in #stage now; people here: 1.")
    when(
        "Ann", "/join #stage",
        Ann="-- you talk in #stage now; people here: 2.", Bob="Ann came in",
    )  # fmt: skip
    when("Duke", "/join #stage", Ann="Duke came in", Bob="Duke came in")
    duke.topic("#stage")
    kicked = "Bob put Ann out: too loud"
    when("Bob", "/kick Ann too loud", Ann=f"{kicked}\n{PUT_OUT}", Bob=kicked)
    duke.shows(kicked)
    when(
        "Ann", "/join #stage",
        Ann="-- you talk in #stage now; people here: 3.", Bob="Ann came in",
    )  # fmt: skip
    _some_are_muted_and_slowed(evening, duke)
    _some_are_banned_for_a_while(evening, duke)
    when("Duke", "/leave")
    duke.topic("#lobby")
    when("Bob", "/leave", Bob="-- you are in #stage no more.\n-- you talk in #lobby now.")


def _some_are_muted_and_slowed(evening: Evening, duke: Screen) -> None:
    when = evening.when

    def both_see(line: str) -> None:
        evening.sees(Ann=line, Bob=line)

    # Who is muted reads on; each reads times in their own zone.
    when("Bob", "/mute Duke 10m spam")
    both_see("Bob muted Duke until NOW+08: spam")
    duke.shows("Bob muted Duke until NOW+00: spam")
    duke.status("muted until NOW+00")
    duke.refuses("mmh", "You are muted in #stage until NOW+00: you can read, but not speak.")
    duke.status("1 refused: Alt-R takes it back")
    when("Bob", "/unmute Duke")
    both_see("Bob let Duke speak again")
    duke.terminal.wait_for("Bob let Duke speak again")
    duke.terminal.press("escape r", "enter")
    both_see("Duke: mmh")
    duke.shows("Duke mmh")

    when("Bob", "/slow 60")
    both_see("Bob set slow mode: one message each 1m")
    duke.topic("one message each 1m · 3 here")
    wait = "#stage is in slow mode: you can speak again in N s."
    when("Ann", "now I")
    both_see("Ann: now I")
    when("Ann", "and again", Ann=wait)
    when("Duke", "and I")
    both_see("Duke: and I")
    duke.refuses("and again", wait)
    duke.terminal.press("c-c")
    when("Bob", "order", "order")
    both_see("Bob: order\nBob: order")
    when("Bob", "/slow off")
    both_see("Bob ended slow mode")

    when("Bob", "/delete Ann")
    both_see("Bob deleted a message of Ann")
    duke.shows("Ann (deleted)", "Duke and I", "Bob order", "order", "Bob ended slow mode", "Ann")


def _some_are_banned_for_a_while(evening: Evening, duke: Screen) -> None:
    when = evening.when
    made = "Bob made Duke an operator"
    when("Bob", "/op Duke", Ann=made, Bob=made)
    duke.shows("Bob made Duke an operator")
    banned = "Duke banned Ann until NOW+08: enough"
    when("Duke", "/ban Ann 2h enough", Ann=f"{banned}\n{PUT_OUT}", Bob=banned)
    when("Ann", "/join #stage", Ann="You are banned from #stage until NOW+08: enough.")
    when("Ann", "/focus lobby", Ann="-- you talk in #lobby now.")
    when("Bob", "/bans", Bob="banned: Ann until NOW+08: enough (by Duke)")
    duke.terminal.say("/bans")
    duke.page("Banned or muted in #stage", "banned: Ann until NOW+00: enough (by Duke)")
    when("Duke", "/unban Ann", Bob="Duke took the ban on Ann back")
    when("Bob", "/bans", Bob="Nobody is banned or muted here.")
    when(
        "Bob", "/modlog 2",
        Bob=f"-- NOW+08 {banned}\n-- NOW+08 Duke took the ban on Ann back",
    )  # fmt: skip
    duke.terminal.say("/modlog")
    duke.page("What operators did in #stage", "-- NOW+00 Bob put Ann out: too loud")
    deposed = "Bob took the operator's role from Duke"
    when("Bob", "/deop Duke", Bob=deposed)
    duke.refuses("/kick Bob", NO_OPERATOR)
    when("Bob", "/ban Duke 1h good night", Bob="Bob banned Duke until NOW+08: good night")
    duke.shows("Bob banned Duke until NOW+00: good night")
    duke.status("not in this room")
    duke.refuses("/join #stage", "You are banned from #stage until NOW+00: good night.")


def test_the_administrator_and_operators_everywhere(evening: Evening, duke: Screen) -> None:
    when = evening.when
    when("Ann", "/announce closed", Ann="Only an operator of the whole broker may do that.")
    evening.admin("op", "Ann")
    evening.all_see("admin made Ann an operator (everywhere)")
    duke.shows("admin made Ann an operator (everywhere)")
    when("Bob", "/join #yard", Bob="-- you talk in #yard now; people here: 1.")
    # Once to everybody, in however many rooms they are.
    when("Ann", "/announce The kitchen closes.")
    evening.all_see("Announcement of Ann: The kitchen closes.")
    duke.shows("Announcement of Ann: The kitchen closes.")
    when("Bob", "/leave", Bob="-- you are in #yard no more.\n-- you talk in #lobby now.")
    when("Ann", "/op Bob --everywhere")
    evening.all_see("Ann made Bob an operator (everywhere)")
    when("Ann", "/deop Bob --everywhere")
    evening.all_see("Ann took the operator's role from Bob (everywhere)")

    evening.come("Zoe")
    evening.admin("ban", "Zoe", "--for=2h", "--why=good night")
    zoe = evening.people.pop("Zoe")
    assert "You are banned until" in zoe.program.read_until("good night.\n")
    evening.all_see("admin banned Zoe until NOW+08: good night (everywhere)")

    evening.admin("kick", "Duke", "--why=restart")
    evening.all_see("admin put Duke out: restart (everywhere)")
    duke.terminal.wait_for(
        "You were put out by admin: restart.", "Enter opens a new session, Ctrl-C quits."
    )
    duke.terminal.press("enter")
    evening.all_see("[KEY]:[Duke] ===> login!!")
    duke.status("connected")
    when("Duke", "here again")
    evening.all_see("Duke: here again")
    log = [
        "Ann made Bob an operator (everywhere)",
        "Ann took the operator's role from Bob (everywhere)",
        "admin banned Zoe until NOW+08: good night (everywhere)",
        "admin put Duke out: restart (everywhere)",
    ]  # fmt: skip
    when("Eve", "/modlog 4", Eve="\n".join(f"-- NOW+08 {act}" for act in log))
    when("Ann", "/deop Ann --everywhere")
    evening.all_see("Ann took the operator's role from Ann (everywhere)")


def test_somebody_in_line_mode_takes_part(evening: Evening, duke: Screen) -> None:
    when = evening.when
    command = [script("chat-client"), f"--connect={evening.hall.broker.listen}"]
    lin = evening.hall.terminals.start([*command, "--name=Lin", "--plain"], columns=160)
    evening.all_see("[KEY]:[Lin] ===> login!!")
    lin.wait_for("Tonight there is soup.", "===> login!!")
    lin.say("good evening")
    evening.all_see("Lin: good evening")
    duke.shows("Lin good evening")
    lin.say("/join #corner --private")
    lin.say("/invite Duke")
    lin.wait_for("-- you talk in #corner now; people here: 1.", "Lin invited Duke")
    duke.shows("Lin invites you: /join #corner enters.")
    duke.terminal.say("/join #corner")
    lin.wait_for("Duke came in")
    duke.topic("#corner")
    when("Duke", "psst")
    lin.wait_for("Duke: psst")
    lin.say("/msg Ann are you well?")
    lin.wait_for("[private to Ann] Lin: are you well?")
    evening.sees(Ann="[private] Lin: are you well?")
    when("Ann", "/reply yes", Ann="[private to Lin] Ann: yes")
    lin.wait_for("[private] Ann: yes")
    when("Eve", "where is Lin?")
    evening.all_see("Eve: where is Lin?")
    lin.wait_for("#lobby Eve: where is Lin?")
    lin.say("/search where")
    lin.wait_for("#lobby:", " Eve: where is Lin?")
    lin.say("/kick Duke good night")
    lin.wait_for("Lin put Duke out: good night")
    duke.shows("Lin put Duke out: good night")
    when("Duke", "/leave")
    lin.say("/kick Ann")
    lin.wait_for("Ann is not in #corner.")
    lin.say("/quit")
    evening.all_see("Lin exit already!")
    assert lin.wait_ended() == 0

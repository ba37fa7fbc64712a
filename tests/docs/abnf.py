"""A small reader and matcher for strict ABNF (RFC 5234, with the ``%s`` of RFC 7405)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tests.docs.pages import Page

CORE: Final = """
ALPHA  = %x41-5A / %x61-7A
DIGIT  = %x30-39
DQUOTE = %x22
HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
"""

JSON: Final = """
ws              = *( %x20 / %x09 / %x0A / %x0D )
begin-array     = ws %x5B ws
begin-object    = ws %x7B ws
end-array       = ws %x5D ws
end-object      = ws %x7D ws
name-separator  = ws %x3A ws
value-separator = ws %x2C ws
value           = false / null / true / object / array / json-number / string
false           = %x66.61.6c.73.65
null            = %x6e.75.6c.6c
true            = %x74.72.75.65
object          = begin-object [ member *( value-separator member ) ] end-object
member          = string name-separator value
array           = begin-array [ value *( value-separator value ) ] end-array
json-number     = [ %x2D ] int [ frac ] [ exp ]
int             = %x30 / ( %x31-39 *DIGIT )
frac            = %x2E 1*DIGIT
exp             = ( %x65 / %x45 ) [ %x2D / %x2B ] 1*DIGIT
string          = DQUOTE *char DQUOTE
char            = unescaped / %x5C ( %x22 / %x5C / %x2F / %x62 / %x66 / %x6E / %x72 / %x74
                / %x75 4HEXDIG )
unescaped       = %x20-21 / %x23-5B / %x5D-10FFFF
"""

_TOKEN: Final = re.compile(
    r"""\s+|(?:;[^\n]*)"""
    r"""|(?P<name>[A-Za-z][A-Za-z0-9-]*)|(?P<text>(?:%[si])?"[\x20-\x21\x23-\x7e]*")"""
    r"""|(?P<number>%x[0-9A-Fa-f]+(?:-[0-9A-Fa-f]+|(?:\.[0-9A-Fa-f]+)+)?)"""
    r"""|(?P<repeat>\d+\*\d+|\d+\*|\*\d+|\*|\d+)|(?P<mark>[()\[\]/=])"""
)
_RULE: Final = re.compile(r"^([A-Za-z][A-Za-z0-9-]*)[ \t]*=", re.MULTILINE)

Ends = frozenset[int]
Match = Callable[[int], Ends]


class Grammar:
    """Rules by name, each able to say where its matches from a place in a text end."""

    def __init__(self, *sources: str) -> None:
        self.defined: dict[str, list[str]] = {}
        for source in sources:
            for name, tokens in _rules(source):
                assert name not in self.defined, f"{name} is defined twice"
                self.defined[name] = tokens
        self.used = {name for tokens in self.defined.values() for name in tokens if _is_name(name)}

    def undefined(self) -> set[str]:
        """Return the names that no rule defines."""
        return self.used - self.defined.keys()

    def matches(self, rule: str, text: str) -> bool:
        """Return whether the whole of ``text`` is a ``rule``."""
        return len(text) in _Matcher(self.defined, text).rule(rule, 0)


def protocol_grammar(page: Page) -> Grammar:
    """Return the grammar of the protocol's page, with the rules that it takes from elsewhere."""
    (source,) = page.blocks("Grammar", "abnf")
    return Grammar(source, CORE, JSON)


def _is_name(token: str) -> bool:
    return token[0].isalpha()


def _rules(source: str) -> list[tuple[str, list[str]]]:
    starts = list(_RULE.finditer(source))
    ends = [start.start() for start in starts[1:]] + [len(source)]
    return [
        (start[1], _tokens(source[start.end() : end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _tokens(source: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        assert match, f"no ABNF: {source[at : at + 40]!r}"
        if match.lastgroup:
            tokens.append(match[0])
        at = match.end()
    return tokens


class _Matcher:
    """Finds every end of a match by following the tokens; remembers what it found."""

    def __init__(self, rules: dict[str, list[str]], text: str) -> None:
        self._rules = rules
        self._text = text
        self._known: dict[tuple[str, int], Ends] = {}
        self._parsed: dict[str, Match] = {}

    def rule(self, name: str, at: int) -> Ends:
        if (name, at) not in self._known:
            if name not in self._parsed:
                tokens = list(self._rules[name])
                self._parsed[name] = self._alternation(tokens)
                assert not tokens, f"{name} goes wrong at {tokens}"
            self._known[name, at] = self._parsed[name](at)
        return self._known[name, at]

    def _alternation(self, tokens: list[str]) -> Match:
        options = [self._concatenation(tokens)]
        while tokens and tokens[0] == "/":
            del tokens[0]
            options.append(self._concatenation(tokens))
        return lambda at: frozenset[int]().union(*(option(at) for option in options))

    def _concatenation(self, tokens: list[str]) -> Match:
        parts: list[Match] = []
        while tokens and tokens[0] not in {"/", ")", "]"}:
            parts.append(self._repetition(tokens))

        def match(at: int) -> Ends:
            ends = frozenset({at})
            for part in parts:
                ends = frozenset[int]().union(*(part(end) for end in ends))
            return ends

        assert parts, "an empty concatenation"
        return match

    def _repetition(self, tokens: list[str]) -> Match:
        least, most = 1, 1.0
        if tokens[0] == "*" or tokens[0][0].isdigit() or tokens[0][0] == "*":
            low, star, high = tokens.pop(0).partition("*")
            least = int(low or 0)
            most = float(high or "inf") if star else least
        element = self._element(tokens)

        def match(at: int) -> Ends:
            ends = frontier = frozenset({at})
            reached = ends if least == 0 else frozenset[int]()
            count = 0
            while frontier and count < most:
                count += 1
                frontier = frozenset[int]().union(*(element(end) for end in frontier))
                if count >= least:
                    frontier -= reached
                    reached |= frontier
            return reached

        return match

    def _element(self, tokens: list[str]) -> Match:
        token = tokens.pop(0)
        if token in {"(", "["}:
            inner = self._alternation(tokens)
            closing = tokens.pop(0)
            assert closing == {"(": ")", "[": "]"}[token]
            return inner if token == "(" else lambda at: inner(at) | {at}
        if token.startswith("%x"):
            return self._numbers(token[2:])
        if token.endswith('"'):
            return self._literal(token)
        return lambda at: self.rule(token, at)

    def _literal(self, token: str) -> Match:
        wanted = token.partition('"')[2][:-1]
        exact = token.startswith("%s")

        def match(at: int) -> Ends:
            there = self._text[at : at + len(wanted)]
            same = there == wanted if exact else there.lower() == wanted.lower()
            return frozenset({at + len(wanted)}) if same else frozenset()

        return match

    def _numbers(self, numbers: str) -> Match:
        if "-" in numbers:
            low, high = (int(number, 16) for number in numbers.split("-"))

            def in_range(at: int) -> Ends:
                there = self._text[at : at + 1]
                return frozenset({at + 1}) if there and low <= ord(there) <= high else frozenset()

            return in_range
        wanted = "".join(chr(int(number, 16)) for number in numbers.split("."))
        return lambda at: (
            frozenset({at + len(wanted)}) if self._text.startswith(wanted, at) else frozenset()
        )

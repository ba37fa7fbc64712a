"""Every sentence exists in every language, and none fails to be said."""

from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.screen.width import cells
from protocol import phrases
from protocol.errors import Code
from protocol.phrases import Language, Phrase, keys, say

KEYS = sorted(keys(Language.EN))


def template(language: Language, key: str) -> str:
    return phrases._LANGUAGES[language][key]


def named(language: Language, key: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template(language, key)) if name}


def test_all_languages_say_the_same_things() -> None:
    assert {language: keys(language) for language in Language} == dict.fromkeys(
        Language, keys(Language.EN)
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", [*Code, *Phrase])
def test_every_code_and_phrase_has_a_sentence(key: str, language: Language) -> None:
    assert key in keys(language)


@pytest.mark.parametrize("language", Language)
def test_why_a_name_is_not_allowed_fits_above_the_prompt_for_another(language: Language) -> None:
    assert cells(say(language, Code.NAME_NOT_ALLOWED)) < 80


def test_no_phrase_hides_a_code() -> None:
    assert not {str(phrase) for phrase in Phrase} & {str(code) for code in Code}


@pytest.mark.parametrize("key", KEYS)
def test_every_template_says_the_fields_that_it_names(key: str) -> None:
    for language in Language:
        fields = {name: f"<{name}>" for name in named(language, key)}
        sentence = say(language, key, fields)
        assert all(value in sentence for value in fields.values())
        assert "{" not in sentence


@pytest.mark.parametrize("key", KEYS)
def test_languages_name_the_same_fields(key: str) -> None:
    assert named(Language.EN, key) == named(Language.ZH, key)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", Language)
def test_a_missing_field_is_shown_as_a_question_mark(language: Language, key: str) -> None:
    sentence = say(language, key)
    assert sentence.count("?") >= len(named(language, key))
    assert "{" not in sentence


@given(st.sampled_from(list(Language)), st.text())
def test_an_unknown_key_is_said_itself(language: Language, key: str) -> None:
    if key not in keys(language):
        assert say(language, key, {"name": "Duke"}) == key


@given(st.text())
def test_fields_are_never_templates(name: str) -> None:
    assert say(Language.EN, Code.NAME_TAKEN, {"name": name}) == (
        f"The name {name} is taken: choose another."
    )


def test_superfluous_fields_do_no_harm() -> None:
    assert say(Language.EN, Code.TEXT_EMPTY, {"retry_after": 5}) == say(
        Language.EN, Code.TEXT_EMPTY
    )

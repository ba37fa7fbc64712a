"""Every sentence that a person reads, in every language.

A phrase is looked up by key and language and filled with fields. The keys of refusals are the
codes of :mod:`protocol.errors`, so that a door can say a refusal in its own language.
"""

# ruff: noqa: RUF001 - Chinese has its own punctuation
from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Language(StrEnum):
    """The languages that people may choose."""

    EN = "en"
    ZH = "zh"


class Phrase(StrEnum):
    """Keys of the sentences that are no refusals."""

    WELCOME = "welcome"
    LOGIN = "login"
    HINT = "hint"
    EXIT = "exit"
    TIMEOUT_EXIT = "timeout_exit"
    RENAMED_SELF = "renamed_self"
    RENAMED = "renamed"
    PERSON = "person"
    MORE_PEOPLE = "more_people"
    IDLE_WARNING = "idle_warning"
    TOO_FAST = "too_fast"
    LINE_TOO_LONG = "line_too_long"
    UNKNOWN_COMMAND = "unknown_slash_command"
    USAGE = "usage"
    NEEDS_ROOM = "needs_room"
    WAITING = "waiting"
    BACK = "back"
    SESSION_LOST = "session_lost"
    NEW_JOURNAL = "new_journal"
    GONE = "gone"
    STOPPING = "stopping"
    GATEWAY_STOPPING = "gateway_stopping"
    HELP_TITLE = "help_title"
    HELP_TEXT = "help_text"
    HELP_ME = "help_me"
    HELP_NICK = "help_nick"
    HELP_WHO = "help_who"
    HELP_HELP = "help_help"
    HELP_QUIT = "help_quit"


_ENGLISH: Final[Mapping[str, str]] = {
    Phrase.WELCOME: "welcome {user_id}",
    Phrase.LOGIN: "[{user_id}]:[{name}] ===> login!!",
    Phrase.HINT: "Type a line to talk, /help for the commands, /quit to leave.",
    Phrase.EXIT: "{name} exit already!",
    Phrase.TIMEOUT_EXIT: "{name} timeout exit already!",
    Phrase.RENAMED_SELF: "rename successfully!",
    Phrase.RENAMED: "{name} is now {new_name}",
    Phrase.PERSON: "userid:{user_id}, username:{name}",
    Phrase.MORE_PEOPLE: "… and {count} more people: /who all lists everybody.",
    Phrase.IDLE_WARNING: "Still there? Type anything within {seconds} seconds to stay.",
    Phrase.TOO_FAST: "That was fast: your lines wait their turn, and none is lost.",
    Phrase.LINE_TOO_LONG: "That line is longer than {limit} bytes and was not sent: split it.",
    Phrase.UNKNOWN_COMMAND: "There is no command {command}: /help lists them, and // says a /.",
    Phrase.USAGE: "Use it like this: {usage}",
    Phrase.NEEDS_ROOM: "You are in no room yet: wait a moment and try again.",
    Phrase.WAITING: "-- waiting for the broker; what you type is kept.",
    Phrase.BACK: "-- back; what you typed is on its way.",
    Phrase.SESSION_LOST: "-- you were away too long and had left; you are in again.",
    Phrase.NEW_JOURNAL: "-- the broker came back with another history; messages may be missing.",
    Phrase.GONE: "-- {count} messages are no longer kept.",
    Phrase.STOPPING: "-- the broker is stopping.",
    Phrase.GATEWAY_STOPPING: "-- this door is closing; goodbye.",
    Phrase.HELP_TITLE: "Commands:",
    Phrase.HELP_TEXT: "  TEXT says it to everybody; //TEXT says /TEXT.",
    Phrase.HELP_ME: "say what you do: * NAME waves",
    Phrase.HELP_NICK: "take another name",
    Phrase.HELP_WHO: "who is here, in the order they came",
    Phrase.HELP_HELP: "list the commands, or explain one",
    Phrase.HELP_QUIT: "leave",
    "bad_message": "That message could not be read: send it as the protocol says.",
    "unknown_command": "This broker does not know that command: a newer one may.",
    "version_unsupported": "This broker speaks protocol {expected}: use a matching Hubbub.",
    "hello_required": "Say hello first: the broker does not know this connection.",
    "not_trusted": "Only a gateway on the local socket may do that.",
    "one_session": "This connection has its one session: open another connection.",
    "bad_token": "The token must be 32 hexadecimal digits made from random bits.",
    "session_in_use": "That session number was used on this connection: take a new one.",
    "session_ended": "That session is over ({reason}): open a new one with a new token.",
    "number_expected": "The next command's number is {expected}: send again from there.",
    "journal_unavailable": "The broker cannot store anything just now: try again shortly.",
    "busy": "That is more than the broker answers at once: ask again shortly.",
    "name_taken": "The name {name} is taken: choose another.",
    "name_same": "You are already called {name}.",
    "name_empty": "A name needs at least one character: /nick NAME.",
    "name_too_long": "That name is longer than {limit} characters: choose a shorter one.",
    "name_not_allowed": (
        "That name is not allowed: no spaces, : | or brackets, no # @ / or \\ at its start, "
        "and nobody else's ID."
    ),
    "text_empty": "There is nothing to say in that line.",
    "text_too_long": "That message is longer than {limit} characters: split it.",
    "no_such_room": "There is no room {room}.",
    "not_in_room": "You are not in {room}: join it first.",
    "already_in_room": "You are in {room} already.",
    "taken_over": "This session was taken over by a newer connection.",
    "idle": "You were put out for idling.",
}  # fmt: skip

_CHINESE: Final[Mapping[str, str]] = {
    Phrase.WELCOME: "欢迎 {user_id}",
    Phrase.LOGIN: "[{user_id}]:[{name}] ===> 上线了login!!",
    Phrase.HINT: "输入一行即可发言，/help 查看命令，/quit 离开。",
    Phrase.EXIT: "{name} exit already!",
    Phrase.TIMEOUT_EXIT: "{name} timeout exit already!",
    Phrase.RENAMED_SELF: "rename successfully!",
    Phrase.RENAMED: "{name} 改名为 {new_name}",
    Phrase.PERSON: "userid:{user_id}, username:{name}",
    Phrase.MORE_PEOPLE: "…… 还有 {count} 人：/who all 列出所有人。",
    Phrase.IDLE_WARNING: "还在吗？请在 {seconds} 秒内输入任意内容以保持在线。",
    Phrase.TOO_FAST: "发送太快：您的消息正在排队，不会丢失。",
    Phrase.LINE_TOO_LONG: "该行超过 {limit} 字节，未发送：请分行发送。",
    Phrase.UNKNOWN_COMMAND: "没有命令 {command}：/help 列出所有命令，// 可发送以 / 开头的文字。",
    Phrase.USAGE: "用法：{usage}",
    Phrase.NEEDS_ROOM: "您还没有进入房间：请稍候再试。",
    Phrase.WAITING: "-- 正在等待服务器；您输入的内容会保留。",
    Phrase.BACK: "-- 已恢复连接；您输入的内容正在发送。",
    Phrase.SESSION_LOST: "-- 您离线太久，已被移出；现已重新进入。",
    Phrase.NEW_JOURNAL: "-- 服务器的历史记录已更换；可能缺少部分消息。",
    Phrase.GONE: "-- 有 {count} 条消息已不再保留。",
    Phrase.STOPPING: "-- 服务器正在停止。",
    Phrase.GATEWAY_STOPPING: "-- 此入口正在关闭；再见。",
    Phrase.HELP_TITLE: "命令：",
    Phrase.HELP_TEXT: "  直接输入文字即可对所有人发言；//文字 发送 /文字。",
    Phrase.HELP_ME: "描述动作：* 名字 挥手",
    Phrase.HELP_NICK: "改名",
    Phrase.HELP_WHO: "按进入顺序列出在线的人",
    Phrase.HELP_HELP: "列出命令，或解释一个命令",
    Phrase.HELP_QUIT: "离开",
    "bad_message": "无法读取该消息：请按协议发送。",
    "unknown_command": "此服务器不认识该命令：较新的版本也许可以。",
    "version_unsupported": "此服务器使用协议 {expected}：请使用匹配的 Hubbub。",
    "hello_required": "请先发送 hello：服务器不认识此连接。",
    "not_trusted": "只有本地套接字上的网关可以这样做。",
    "one_session": "此连接已有一个会话：请另开连接。",
    "bad_token": "令牌必须是由随机位生成的 32 个十六进制数字。",
    "session_in_use": "此连接已用过该会话编号：请换一个新的。",
    "session_ended": "该会话已结束（{reason}）：请用新令牌打开新会话。",
    "number_expected": "下一个命令编号是 {expected}：请从那里重新发送。",
    "journal_unavailable": "服务器暂时无法存储：请稍后再试。",
    "busy": "一次提问太多：请稍后再问。",
    "name_taken": "名字 {name} 已被使用：请换一个。",
    "name_same": "您已经叫 {name} 了。",
    "name_empty": "名字至少需要一个字符：/nick 名字。",
    "name_too_long": "名字超过 {limit} 个字符：请换短一些的。",
    "name_not_allowed": (
        "该名字不可用：不能有空格、: | 或括号，不能以 # @ / \\ 开头，也不能是别人的 ID。"
    ),
    "text_empty": "这一行没有内容。",
    "text_too_long": "消息超过 {limit} 个字符：请分开发送。",
    "no_such_room": "没有房间 {room}。",
    "not_in_room": "您不在 {room}：请先加入。",
    "already_in_room": "您已经在 {room} 了。",
    "taken_over": "此会话已被较新的连接接管。",
    "idle": "您因长时间未输入而被移出。",
}  # fmt: skip

_LANGUAGES: Final = {Language.EN: _ENGLISH, Language.ZH: _CHINESE}


class _Fields(dict[str, int | str]):
    """A sentence is shown even when a newer broker left out a field."""

    def __missing__(self, key: str) -> str:
        return "?"


def say(language: Language, key: str, fields: Mapping[str, int | str] | None = None) -> str:
    """Return the sentence for ``key``; an unknown key, from a newer broker, is returned itself."""
    template = _LANGUAGES[language].get(key)
    return key if template is None else template.format_map(_Fields(fields or {}))


def keys(language: Language) -> frozenset[str]:
    """Return every key that has a sentence in ``language``."""
    return frozenset(_LANGUAGES[language])

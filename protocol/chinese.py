"""The sentences in Chinese; every key has one in each language."""

# ruff: noqa: RUF001 - Chinese has its own punctuation
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.phrase_keys import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

CHINESE: Final[Mapping[str, str]] = {
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

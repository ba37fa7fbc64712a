"""The sentences of refusals in Chinese, by the codes of :mod:`protocol.errors`."""

# ruff: noqa: RUF001 - Chinese has its own punctuation
from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CHINESE_REFUSALS: Final[Mapping[str, str]] = {
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
    "name_empty": "名字至少需要一个字符。",
    "name_too_long": "名字超过 {limit} 个字符：请换短一些的。",
    "name_not_allowed": "该名字不可用：请以文字开头，不含空格、: | 或括号，也不是 admin。",
    "text_empty": "这一行没有内容。",
    "text_too_long": "消息超过 {limit} 个字符：请分开发送。",
    "no_such_room": "没有房间 {room}。",
    "not_in_room": "您不在 {room}：请先加入。",
    "already_in_room": "您已经在 {room} 了。",
    "room_not_allowed": (
        "房间不能叫 {room}：最多 {limit} 个字符，不能有空格、: | 或括号，"
        "不能以 # @ / \\ - 开头，须有文字、数字或表情。"
    ),
    "invite_only": "房间 {room} 是私密的：须由其中的人邀请。",
    "not_in_private": "两人私聊中不能这样做。",
    "too_many_rooms": "您已在 {limit} 个房间中，达到上限：请先离开一个。",
    "rooms_full": "已有 {limit} 个房间，达到上限：请加入已有的房间。",
    "subject_too_long": "主题超过 {limit} 个字符：请缩短。",
    "why_too_long": "原因超过 {limit} 个字符：请缩短。",
    "no_such_person": "这里没有叫 {who} 的人：/who 列出在线的人。",
    "yourself": "那是您自己：请指定别人。",
    "not_a_member": "{who} 不在 {room}。",
    "not_away": "您没有离开。",
    "not_ignored": "您没有屏蔽 {who}。",
    "no_such_message": "这里没有可以修改的最后一条消息：没有说过，或已过去太久。",
    "not_operator": "只有管理员可以这样做。",
    "is_owner": "{who} 是 {room} 的所有者：其中的人不能对其这样做。",
    "already_so": "已经是这样了。",
    "not_banned": "{who} 在这里没有被禁止。",
    "not_muted": "{who} 在这里没有被禁言。",
    "time_too_long": "超过 {limit} 天：不写时间表示永久。",
    "slow_too_long": "慢速模式最多间隔 {limit} 秒：请设短一些。",
    "muted": "您在 {room} 被禁言{until}：可以阅读，不能发言。",
    "slow_mode": "{room} 处于慢速模式：{seconds} 秒后可再发言。",
    "too_fast": "太快了：会自动重试。",
    "too_many_sessions": "您的地址已有 {limit} 人在线：请等其中一人离开后再试。",
    "search_empty": "没有可搜索的内容：请给出一个词，或两个汉字或假名。",
    "search_too_long": "搜索内容超过 {limit} 个字符：请缩短。",
    "search_unavailable": "暂时无法搜索：请稍后再试。",
    "file_exists": "{path} 已经存在：请给出一个新文件。",
    "backup_failed": "无法写出副本 {path}：请给出服务器可以写入的完整路径；详见其日志。",
    "banned": "您已被禁止{until}{why}。",
    "kicked": "您已被 {by} 移出{why}。",
    "taken_over": "此会话已被较新的连接接管。",
    "idle": "您因长时间未输入而被移出。",
}  # fmt: skip

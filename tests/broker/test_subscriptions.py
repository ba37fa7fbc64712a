"""Somebody who subscribes without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from broker.subscriptions import (
    SUBSCRIPTIONS_BURST,
    SUBSCRIPTIONS_PER_S,
    SubscriptionRate,
    Verdict,
)
from tests.processes import free_ports, script

if TYPE_CHECKING:
    from tests.processes import Processes


def test_a_burst_is_admitted_and_then_the_connection_is_put_out_once() -> None:
    rate = SubscriptionRate()
    verdicts = [rate.judge(7, 0.0) for _ in range(SUBSCRIPTIONS_BURST + 3)]
    assert set(verdicts[:SUBSCRIPTIONS_BURST]) == {Verdict.ADMIT}
    assert verdicts[SUBSCRIPTIONS_BURST:] == [Verdict.PUT_OUT, Verdict.IGNORE, Verdict.IGNORE]
    assert rate.judge(8, 0.0) is Verdict.ADMIT
    assert rate.judge(7, 3 / SUBSCRIPTIONS_PER_S) is Verdict.ADMIT


def test_who_subscribes_without_end_is_cut_off_and_nobody_else(processes: Processes) -> None:
    port = free_ports(2)
    broker = processes.start(
        [script("chat-broker"), f"--listen=tcp://127.0.0.1:{port}", "--no-gateway",
         f"--data={processes.folder()}"]
    )  # fmt: skip
    broker.read_until("Hubbub is ready.")
    with zmq.Context() as context, context.socket(zmq.SUB) as quiet, context.socket(zmq.SUB) as sub:
        for socket in (quiet, sub):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.setsockopt(zmq.RECONNECT_IVL, -1)
        gone = sub.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        stays = quiet.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        quiet.connect(f"tcp://127.0.0.1:{port + 1}")
        sub.connect(f"tcp://127.0.0.1:{port + 1}")
        for number in range(SUBSCRIPTIONS_BURST + 100):
            sub.setsockopt(zmq.SUBSCRIBE, f"{number}/".encode() + b"x" * 400)
        assert gone.poll(30_000)
        broker.read_log("subscribes without end")
        quiet.setsockopt(zmq.SUBSCRIBE, b"lobby\0")
        assert quiet.poll(30_000)
        assert not stays.poll(0)
        for socket in (quiet, sub):
            socket.disable_monitor()
        gone.close()
        stays.close()

"""Brokers and gateways that die and come back, as people on nc see it."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.doors.people import arrive, is_closed
from tests.processes import needs_nc

if TYPE_CHECKING:
    from tests.processes import Processes

pytestmark = needs_nc
EXIT = " exit already!\n"


def test_a_killed_broker_comes_back_with_everything(processes: Processes) -> None:
    broker = processes.broker()
    duke = arrive(processes, "nc", broker.door)
    duke.says("rename|Duke")
    duke.sees("rename successfully!")
    for number in range(5):
        duke.says(f"before {number}")
        duke.sees(f"Duke: before {number}")
    broker.kill()
    again = processes.restart(broker)
    broker.wait_for_no_children()
    assert is_closed(duke)
    duke = arrive(processes, "nc", again.door)
    assert [line.partition(" Duke: ")[2] for line in duke.history] == [
        f"before {number}" for number in range(5)
    ]
    # Whom the killed gateway carried has left, and the name is free.
    duke.says("who")
    duke.sees(f"userid:{duke.id}, username:{duke.id}")
    duke.says("rename|Duke")
    duke.sees("rename successfully!")
    duke.says("after")
    duke.sees("Duke: after")
    ann = arrive(processes, "nc", again.door)
    assert [line.partition(" Duke: ")[2] for line in ann.history[-2:]] == ["before 4", "after"]


def test_numbers_go_on_where_they_stopped(processes: Processes) -> None:
    data = processes.folder()
    broker = processes.broker(data=data)
    for _ in range(3):
        ann = arrive(processes, "nc", broker.door)
        ann.says("hello")
        ann.program.read_until(": hello\n")
        broker.kill()
        broker = processes.restart(broker)
    assert broker.terminate() == 0
    events = [body for _, _, body in _journal(data)]
    numbers = [int(found[1]) for body in events if (found := re.match(r'\["\w+",(\d+),', body))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len([body for body in events if body.startswith('["said"')]) == 3


def _journal(data: object) -> list[tuple[int, int, str]]:
    import sqlite3  # noqa: PLC0415 - here alone

    connection = sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT room, number, body FROM entries WHERE number > 0 ORDER BY sequence"
        ).fetchall()
    finally:
        connection.close()
    return [(room, number, bytes(body).decode()) for room, number, body in rows]


def test_a_killed_gateway_is_started_again(processes: Processes) -> None:
    broker = processes.broker()
    duke = arrive(processes, "nc", broker.door)
    duke.says("rename|Duke")
    duke.sees("rename successfully!")
    os.kill(broker.gateway_pid(), signal.SIGKILL)
    # The port stays with the broker: who comes now waits until the next child serves.
    ann = arrive(processes, "nc", broker.door)
    assert is_closed(duke)
    ann.says("rename|Duke")
    ann.sees("rename successfully!")
    ann.says("who")
    ann.sees(f"userid:{ann.id}, username:Duke")
    broker.read_log("the gateway died")
    assert broker.stdout.text.count("Hubbub is ready.") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping(processes: Processes, number: signal.Signals) -> None:
    broker = processes.broker()
    ann = arrive(processes, "nc", broker.door)
    broker.signal(number)
    assert broker.wait() == 0
    assert broker.children() == []
    ann.sees("-- the broker is stopping.", "-- this door is closing; goodbye.")
    assert is_closed(ann)
    assert "Traceback" not in broker.stderr.text
    again = processes.restart(broker)
    arrive(processes, "nc", again.door)


def test_stopping_in_chinese(processes: Processes) -> None:
    broker = processes.broker("--language=zh")
    ann = arrive(processes, "nc", broker.door, language="zh")
    assert broker.terminate() == 0
    ann.sees("-- 服务器正在停止。", "-- 此入口正在关闭；再见。")


def test_a_gateway_of_its_own_stops(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    gateways = [processes.gateway(broker.endpoint_for_gateways) for _ in range(2)]
    ann = arrive(processes, "nc", gateways[0].door)
    bob = arrive(processes, "nc", gateways[1].door)
    assert gateways[0].terminate() == 0
    ann.program.read_until("-- this door is closing; goodbye.\n")
    assert is_closed(ann)
    bob.sees(f"{ann.id} exit already!")
    assert "Traceback" not in gateways[0].stderr.text


def test_a_gateway_keeps_its_people_while_the_broker_is_away(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    gateway = processes.gateway(broker.endpoint_for_gateways)
    ann = arrive(processes, "nc", gateway.door)
    bob = arrive(processes, "nc", gateway.door)
    ann.program.read_until("login!!\n")
    ann.says("rename|Ann")
    ann.sees("rename successfully!")
    bob.sees(f"{ann.id} is now Ann")
    for turn in range(3):
        broker.kill()
        for person in (ann, bob):
            person.sees("-- waiting for the broker; what you type is kept.")
        lines = [f"typed meanwhile {turn}.{number}" for number in range(5)]
        for line in lines:
            ann.says(line)
        broker = processes.restart(broker)
        for person in (ann, bob):
            person.sees("-- back; what you typed is on its way.")
            person.sees(*(f"Ann: {line}" for line in lines))
    # Nothing was said twice, and nobody came or left.
    ann.says("end")
    for person in (ann, bob):
        person.sees("Ann: end")
    late = arrive(processes, "nc", gateway.door)
    assert len(late.history) == 16


def test_who_comes_while_the_broker_is_away_waits(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    gateway = processes.gateway(broker.endpoint_for_gateways)
    ann = arrive(processes, "nc", gateway.door)
    broker.kill()
    ann.sees("-- waiting for the broker; what you type is kept.")
    bob = processes.nc(gateway.door)
    bob.read_lines("-- waiting for the broker; what you type is kept.")
    bob.send_line("hi")
    processes.restart(broker)
    bob.read_lines("-- back; what you typed is on its way.")
    bob.read_until(re.compile(r"welcome .*\n(.*\n)*.*===> login!!\n127\.0\.0\.1:\d+: hi\n"))


def test_a_gateway_may_start_before_its_broker(processes: Processes) -> None:
    broker = processes.broker("--no-gateway")
    endpoint = broker.endpoint_for_gateways
    broker.kill()
    gateway = processes.gateway(endpoint)
    ann = processes.nc(gateway.door)
    processes.restart(broker)
    ann.read_until(re.compile(r"welcome .*\n.*\n.*===> login!!\n"))


def test_callers_that_hang_up_at_once_disturb_nobody(processes: Processes) -> None:
    import socket  # noqa: PLC0415 - here alone
    import struct  # noqa: PLC0415 - here alone

    broker = processes.broker()
    for _ in range(50):
        with socket.create_connection(broker.door) as caller:
            # Closed with a reset instead of an end.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    ann = arrive(processes, "nc", broker.door)
    ann.says("who")
    ann.program.read_until(f"userid:{ann.id}, username:{ann.id}\n")
    assert broker.terminate() == 0
    assert "Traceback" not in broker.stderr.text

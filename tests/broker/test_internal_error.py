"""An error of our own in the middle of a turn: the state is not the journal's any more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import zmq

from tests.processes import free_ports

if TYPE_CHECKING:
    from tests.processes import Processes

BREAKS = """
import sys
from broker.core import Core
from broker.main import run
def subscribed(core, topic):
    raise RuntimeError("a defect")
Core.subscribed = subscribed
sys.argv[0] = "chat-broker"
run()
"""


def test_the_broker_stops_rather_than_go_on_with_a_broken_state(processes: Processes) -> None:
    port = free_ports(2)
    listen = f"tcp://127.0.0.1:{port}"
    data = processes.folder()
    flags = [f"--listen={listen}", f"--data={data}", "--no-gateway"]
    broker = processes.start([sys.executable, "-c", BREAKS, *flags])
    broker.read_until("Hubbub is ready.")
    with zmq.Context() as context, context.socket(zmq.SUB) as sub:
        sub.setsockopt(zmq.LINGER, 0)
        sub.setsockopt(zmq.SUBSCRIBE, b"lobby\0")
        sub.connect(f"tcp://127.0.0.1:{port + 1}")
        assert broker.wait() == 1
    broker.read_log("an internal error; the journal holds what was acknowledged")

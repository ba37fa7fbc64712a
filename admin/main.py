"""``chat-admin``: one command, one short session on the broker's local socket."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import zmq

from admin.config import parse_settings
from admin.dialogue import Dialogue
from admin.requests import steps
from admin.settings import PROGRAM
from protocol.codec import batches, decode_broker_batch, encode
from protocol.endpoints import default_gateway_endpoint, parse_local_endpoint
from protocol.errors import HubbubError, UsageError
from protocol.limits import COMMAND_BATCH_BYTES, REPLY_MAX_BYTES
from protocol.messages import Beat
from protocol.phrases import Language
from protocol.rendering import Renderer
from runtime.clock import offset_at
from runtime.command_line import run_program
from runtime.exits import EXIT_FAILED, EXIT_SIGNAL
from runtime.folders import default_state_folder
from runtime.sockets import configure, make_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin.report import Report
    from admin.settings import AdminSettings
    from protocol.messages import PeerMessage
    from runtime.sockets import Socket

_QUEUE: Final = 1000
_LINGER_MS: Final = 500


def run() -> NoReturn:
    """The entry point of ``chat-admin``."""
    run_program(PROGRAM, main)


def main(arguments: Sequence[str]) -> int:
    """Carry one command out; return the exit status.

    Raises:
        UsageError: the command line cannot be used.
    """
    settings = parse_settings(arguments)
    said = Renderer(Language.EN, offset_at, _now_ms)
    wanted = steps(settings, _absolute, said.time)
    dialogue = Dialogue(secrets.token_hex(16), wanted, said.refusal)
    data = _absolute(settings.data or default_state_folder())
    endpoint = settings.endpoint or default_gateway_endpoint(data)
    path = parse_local_endpoint(endpoint)
    try:
        _look_for(path)
        with make_context() as context, context.socket(zmq.DEALER) as dealer:
            report = _carry_out(dealer, endpoint, dialogue, settings)
    except UsageError:
        raise
    except HubbubError as error:
        return _failed(str(error))
    except KeyboardInterrupt:  # nobody may take it for done
        return EXIT_SIGNAL + signal.SIGINT
    return _print(report.printed(as_json=settings.json))


def _failed(sentence: str) -> int:
    sys.stderr.write(f"{PROGRAM}: {sentence}\n")
    return EXIT_FAILED


def _print(text: str) -> int:
    """Write the answer to standard output, in UTF-8 wherever we are; return the exit status."""
    if sys.stdout is None:  # closed before the start
        return 0
    try:
        with open(sys.stdout.fileno(), "wb", closefd=False) as output:
            output.write(text.encode())
    except BrokenPipeError:
        return EXIT_SIGNAL + signal.SIGPIPE
    except OSError as error:
        return _failed(f"The answer cannot be written: {error.strerror}.")
    return 0


def _look_for(path: str) -> None:
    """Look whether a broker listens: libzmq would wait for one without a word.

    Raises:
        HubbubError: none does.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except PermissionError as error:
            raise HubbubError(f"Only the broker's own user may use {path}.") from error
        except OSError as error:
            raise HubbubError(
                f"No broker listens at {path}: start one, or name its folder with --data."
            ) from error


def _carry_out(
    dealer: Socket, endpoint: str, dialogue: Dialogue, settings: AdminSettings
) -> Report:
    configure(
        dealer,
        largest=REPLY_MAX_BYTES,
        send_queue=_QUEUE,
        receive_queue=_QUEUE,
        linger_ms=_LINGER_MS,
    )
    dealer.connect(endpoint)
    _send(dealer, dialogue.again())
    try:
        return _talk(dealer, dialogue, settings.wait)
    finally:
        if (goodbye := dialogue.goodbye()) is not None:
            _send(dealer, goodbye)


def _talk(dealer: Socket, dialogue: Dialogue, wait_s: float) -> Report:
    heard = time.monotonic()
    while dialogue.report is None:
        pause = dialogue.heartbeat if dialogue.retry_after is None else dialogue.retry_after
        if dealer.poll(pause):
            for message in decode_broker_batch(dealer.recv()):
                step = dialogue.received(message)
                if step is not None:
                    _send(dealer, step)
            if dialogue.retry_after is None:
                heard = time.monotonic()
        else:
            _send(dealer, Beat() if dialogue.retry_after is None else dialogue.again())
        if time.monotonic() - heard > wait_s:
            raise dialogue.problem or HubbubError("The broker does not answer.")
    return dialogue.report


def _send(dealer: Socket, message: PeerMessage) -> None:
    for body in batches([encode(message)], COMMAND_BATCH_BYTES):
        dealer.send(body)


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

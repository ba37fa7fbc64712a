"""``python -m gateway`` is ``chat-gateway``."""

from gateway.main import run

run()

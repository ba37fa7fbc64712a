"""``python -m broker`` is ``chat-broker``."""

from broker.main import run

run()

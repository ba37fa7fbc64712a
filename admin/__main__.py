"""``python -m admin`` is ``chat-admin``."""

from admin.main import run

run()

"""``python -m client`` is ``chat-client``."""

from client.main import run

if __name__ == "__main__":
    run()

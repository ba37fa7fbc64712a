"""What Hubbub's processes share beneath their own code: ZeroMQ on asyncio, logs, command lines.

The broker and the client never import each other, and both must close the same traps of libzmq;
that code stands here once. See ``docs/explanation/architecture.md``.
"""

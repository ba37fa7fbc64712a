"""``chat-admin``: what operators do, from a shell on the broker's machine."""

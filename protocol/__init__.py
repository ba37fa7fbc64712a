"""What travels between Hubbub's parts: messages, names, numbers, limits, commands, phrases.

Everything here is pure: no sockets, no clock, no disk, no randomness.
"""

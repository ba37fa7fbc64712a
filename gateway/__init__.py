"""Doors for people without a client of ours: plain TCP, which is to say ``nc``."""

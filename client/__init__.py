"""The peer's half: the link to a broker, on which every door and program stands."""

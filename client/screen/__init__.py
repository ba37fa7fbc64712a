"""The full-screen client: a pure model, and the prompt_toolkit application that shows it."""

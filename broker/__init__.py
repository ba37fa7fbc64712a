"""The hub: decides, journals, publishes."""

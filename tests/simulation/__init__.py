"""The whole system on a simulated network and simulated clocks: one seed decides everything."""

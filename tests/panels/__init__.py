"""The panels, each with records made by hand: no worker, no browser."""

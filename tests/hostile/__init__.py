"""Programs that nobody should write, as data, and the way each must end."""

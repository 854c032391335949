"""The parts of dev/check."""

"""Beacons the operator owns, and which of them are still free."""

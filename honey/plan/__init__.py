"""Which account gets which beacons, and what that can prove."""

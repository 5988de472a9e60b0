"""The words of this system as frozen values; standard library only."""

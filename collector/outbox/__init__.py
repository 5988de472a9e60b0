"""Content-free notices of new contacts, to the addresses in [alerts], by Apprise.

The hit log is the queue: `arrivals` counts what came after the number a target was last told of, and `store` keeps that
number and every notice in a small SQLite file of its own. So recording never waits for an alert, and a kill loses none.
"""

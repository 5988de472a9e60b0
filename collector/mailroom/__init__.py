"""Parcels and letters that arrive at a decoy address, entered by the people who take them in.

`entry` and `photo` are pure; `access` and `page` are the web page, `submit` and `command` the command line. What is
entered is one hit of the channel `post`. Nothing here knows which addresses are decoys.
"""

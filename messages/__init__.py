"""Keeps the catalogues of messages: `python -m messages` (make messages) collects, updates and compiles them."""

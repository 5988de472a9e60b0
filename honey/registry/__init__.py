"""The sealed store: decoy <-> planting <-> account. Opened by the CLI and the console only, and each time journalled.

Losing it loses the power to trace (back it up with its keys). Whoever reads it together with `keys/registry.key`
knows every decoy; without the key it shows accounts and counts only. Whoever can write it cannot invent a planting
that an earlier, published checkpoint of the evidence log does not cover.
"""

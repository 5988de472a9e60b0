"""The `honey` command: parse, call one function, print. One file per command group."""

"""One dump as independent units of work: planned, searched by whichever runner, put together in order."""

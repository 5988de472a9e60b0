"""`honey demo`: the whole path on a sample host, in a temporary folder, over real sockets on loopback."""

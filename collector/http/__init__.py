"""Serving HTTP: waitress on bound sockets, TLS in front of it, who the client is."""

"""Gets and renews the collector's certificates from an ACME authority (RFC 8555), in a thread of its own.

What it gets is a file that `collector.certificates` follows; what it is asked to prove lies in files that every process
of the collector reads. Nothing here is on a listener's path.
"""

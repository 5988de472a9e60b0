"""What faces the Internet: record each contact, answer it, and do nothing else.

Runs alone on a DMZ host and never imports `honey`. It knows zones, mail domains and provider keys, no list of decoys.
"""

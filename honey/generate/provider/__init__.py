"""Faker providers of our own, where Faker gives itself away. None makes a phone number, an address or a mailbox."""

"""Decoys that fit the rows around them: names, goods, mailboxes, links, whole rows, and a measure of the fit."""

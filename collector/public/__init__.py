"""What strangers reach and any number of processes may serve: DNS, mail, pages and webhooks."""

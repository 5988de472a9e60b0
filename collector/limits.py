"""Caps on what a stranger may make us hold, each with its unit and source.

Where no source is named the number is this project's own choice, generous against what real contacts need.
"""

# --- one hit -------------------------------------------------------------------------------------------------------
MAX_RAW_BYTES = 1 << 20  # 1 MiB; a longer original is cut and its length and SHA-256 become claims
MAX_BEACON_CHARS = 2048  # a URL as requested; browsers and proxies rarely pass longer ones
MAX_PEER_CHARS = 320  # 64 + 1 + 255, a mail address (RFC 5321 4.5.3.1)
MAX_EVENT_ID_CHARS = 256  # provider ids seen are 20 to 64 characters (Twilio, Vonage, Telnyx, Plivo samples)
MAX_PROVIDER_CHARS = 32
MAX_CLAIMS = 64  # entries
MAX_CLAIM_NAME_CHARS = 64
MAX_CLAIM_CHARS = 8192  # a long SMS is 1,530 characters (10 parts of 153, 3GPP TS 23.040)
MAX_SEALED_BYTES = 5 << 20  # a full raw, all claims at their caps with every character escaped, and padding
MAX_HIT_JSON_CHARS = 8 << 20  # the largest sealed hit in base64 (4/3)
MAX_SEQ = 2**63 - 1  # SQLite INTEGER

# --- hit log -------------------------------------------------------------------------------------------------------
MAX_COMMIT_HITS = 5000  # one transaction; above this the rate no longer grows (measured, docs/decisions/0102)
MAX_COMMIT_BYTES = 64 << 20  # of raw in one transaction of several groups; sealed, each is in memory three times
MAX_WAITING_CONTACTS = 50_000  # in memory, not yet durable; about 25 MB of DNS contacts
MAX_WAITING_BYTES = 256 << 20  # of their originals
MAX_LOG_BYTES = 20 << 30  # 20 GiB, about 20 million contacts; a flood must not fill the disk
MAX_LISTENER_PROCESSES = 64  # one writer keeps up with two or three (docs/decisions/0118)
COUNTER_FLUSH_SECONDS = 1.0  # how long a count may live in memory only
CHECKPOINT_HITS = 10_000  # default: signed for after so many; a signature takes 45 microseconds
CHECKPOINT_SECONDS = 60  # default: or so long after a hit that no signature covers
CHECKPOINTS_KEPT = 1000  # the newest; of older ones the last of each hour
RETENTION_SECONDS = 60.0  # between two looks for hits that are past their time
RETENTION_STEP_HITS = 200  # erased between two commits: some 20 ms
RETENTION_WINDOW_HITS = 20_000  # looked at between two commits: some 10 ms
RETENTION_RESERVE_BYTES = 256 << 10  # of max_bytes, so that a full log can still erase: 200 tombstones are 30 KiB
RETENTION_BUSY_MILLISECONDS = 100  # waited for readers before the write-ahead log is emptied
RETENTION_VACUUM_PAGES = 2560  # 10 MiB given back at a time
READ_PAGE_HITS = 500  # rows per read transaction, so that a slow reader never holds back the checkpoint
READ_PAGE_BYTES = 8 << 20  # of raw, at which a page ends early

# --- sources -------------------------------------------------------------------------------------------------------
IS_LOOPBACK_LIMITED = False  # nobody on the Internet has a loopback address; relays and benchmarks of ours have

# --- DNS -----------------------------------------------------------------------------------------------------------
MAX_UDP_BYTES = 4096  # larger queries do not occur; EDNS payloads are 1,232 (dnsflagday.net/2020)
EDNS_PAYLOAD_BYTES = 1232  # what we offer and the most we send over UDP (dnsflagday.net/2020)
PLAIN_UDP_BYTES = 512  # without EDNS, RFC 1035 4.2.1
MAX_DNS_ADDRESSES = 8  # per family: 8 AAAA records beside the longest name still fit 512 bytes
UDP_READS_PER_TICK = 256  # queries taken before the loop serves others
UDP_BUFFER_BYTES = 4 << 20  # asked of the kernel, which may give less (net.core.rmem_max)
WITHHELD_FACTOR = 10  # beyond this many times a source's full answers it gets no answer at all
MAX_DNS_SOURCES = 100_000  # counted in one second; forged sources beyond it share what is left
MAX_TCP_CONNECTIONS = 256
MAX_TCP_QUERIES = 128  # per connection
TCP_IDLE_SECONDS = 10.0  # RFC 7766 6.2.3: "on the order of a few seconds"

# --- HTTP ----------------------------------------------------------------------------------------------------------
MAX_HTTP_BODY_BYTES = 1 << 20  # waitress answers 413 above it; callbacks of calls and SMS have about 100 KiB at most
MAX_MAIL_HOOK_BODY_BYTES = 10 << 20  # default of mail providers' webhooks, which carry attachments
MOST_HOOK_BODY_BYTES = 64 << 20  # what a configuration may ask for; Mailgun and SendGrid stop at 25 to 30 MB
MAX_HTTP_HEADER_BYTES = 32 << 10
MAX_HTTP_CONNECTIONS = 1000
HTTP_THREADS = 64  # for mail room, management, large or odd requests; webhooks rest without one (docs/decisions/0119)
HTTP_IDLE_SECONDS = 30
TLS_HANDSHAKE_SECONDS = 10.0  # a handshake takes two round trips
LINGER_SECONDS = 2.0  # for a client that still sends when its answer is complete (RFC 9112 9.6)
TLS_SHUTDOWN_SECONDS = 2.0  # for the peer's good-bye, which many never send
MAX_MALFORMED_BYTES = 8 << 10  # kept of a request that is not HTTP
RECORD_WAIT_SECONDS = 10.0  # a commit takes milliseconds; providers give up after 10 to 15 s (Twilio: 15)
MAX_HITS_PAGE = 5000  # hits per answer of the management address
MAX_HITS_PAGE_BYTES = 16 << 20

# --- SMTP ----------------------------------------------------------------------------------------------------------
MAX_MESSAGE_BYTES = 256 << 10  # default of [smtp] max_message_bytes; each recipient keeps its own copy
MAX_RECIPIENTS = 100  # the least a server must accept, RFC 5321 4.5.3.1.8
MAX_MAIL_LINE_BYTES = 64 << 10  # RFC 5321 allows 1,000; spam writes longer lines and is recorded all the same
MAX_MAIL_PARTS = 100  # MIME parts looked at for text
MAX_SMTP_CONNECTIONS = 256
MAX_SMTP_CONNECTIONS_PER_SOURCE = 20  # default; large senders open 10 to 20 at once (Postfix: 20 per destination)
MAX_MESSAGES_PER_MINUTE = 600  # default, of one source
SENDER_CHECK_SECONDS = 10.0  # for SPF and DKIM together; RFC 7208 4.6.4 asks for at least 20, but our sender waits
MAX_SENDER_CHECKS = 8  # at once; each waits for the resolver
SMTP_IDLE_SECONDS = 60.0  # RFC 5321 4.5.3.2.7 asks for 5 minutes; a canary owes bots less
MAX_OPENING_BYTES = 4 << 10  # kept of a session that does not speak SMTP
MAX_HEAD_BYTES = 32 << 10  # kept of a message that is too large

# --- webhooks ------------------------------------------------------------------------------------------------------
SIGNATURE_AGE_SECONDS = 300  # Standard Webhooks: the libraries' common tolerance
MAX_SIGNATURES = 16  # in one webhook-signature header; key rotation needs two

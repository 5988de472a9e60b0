"""One order at an ACME authority, from the account to the certificate, by certbot's `acme` library. Blocks; own thread.

The only module that speaks to an authority. Loaded where [acme] is configured, because it takes 30 MB that others need
not spend. Whatever goes wrong is an `AcmeError` of one line.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from acme import errors, messages
from acme.client import ClientV2
from acme.crypto_util import make_csr
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import ExtensionNotFound
from josepy.errors import Error as JoseError
from josepy.jwk import JWKEC

from collector.acme.pair import chain_of, joined, new_key
from collector.acme.places import AcmeError, Places, read, write
from collector.acme.trouble import said
from collector.acme.wire import Network
from collector.config.acme import HTTP_01, AcmeConfig, PlannedCertificate
from collector.translation import _

ORDER_SECONDS = 300.0  # for all of it; authorities take seconds
PROOF_SECONDS = 120.0  # until all names are looked at
SUGGESTION_SECONDS = 60.0
_GONE = "accountDoesNotExist"  # RFC 8555 6.7: the authority was set up anew, or ours was removed there
_FAULTS = (
    *(errors.Error, JoseError, requests.RequestException, UnsupportedAlgorithm, ExtensionNotFound, OSError),
    *(ValueError, LookupError, TypeError, AttributeError, RecursionError),  # answers that are not what RFC 8555 says
)


def obtain(config: AcmeConfig, plan: PlannedCertificate) -> bytes:
    """Return a new key with its certificate and chain, PEM.

    Raises:
        AcmeError: there is none; nothing of ours has changed.
    """
    key_pem = new_key()
    with _speaking(config, ORDER_SECONDS) as client:
        _sign_in(config, client)
        try:
            chain = _ordered(config, plan, client, key_pem)
        except messages.Error as exc:
            if exc.code != _GONE:
                raise
            _forget_account(config)  # a new one is opened, once
            _sign_in(config, client)
            chain = _ordered(config, plan, client, key_pem)
    return joined(key_pem, chain, plan.names)


def suggestion(config: AcmeConfig, pair: bytes) -> tuple[datetime | None, datetime]:
    """Return when the authority wants a certificate renewed (RFC 9773), if it says, and when to ask again.

    Raises:
        AcmeError: it could not be asked.
    """
    with _speaking(config, SUGGESTION_SECONDS) as client:
        wanted_at, again_at = client.renewal_time(chain_of(pair))
    return wanted_at.astimezone(UTC) if wanted_at is not None else None, again_at.astimezone(UTC)


@contextmanager
def _speaking(config: AcmeConfig, seconds: float) -> Iterator[ClientV2]:
    """Speak to the authority; every fault becomes an `AcmeError`."""
    network = Network(_account_key(config), config.ca_file, seconds)
    try:
        yield ClientV2(ClientV2.get_directory(config.directory, network), network)
    except AcmeError:
        raise
    except _FAULTS as exc:
        raise AcmeError(said(exc, str(urlsplit(config.directory).hostname))) from exc
    finally:
        network.close()


# --- the account -----------------------------------------------------------------------------------------------------


def _account_key(config: AcmeConfig) -> JWKEC:
    path = config.places.account(config.directory, "key.pem")
    pem = read(path)
    if pem is None:
        pem = new_key()
        write(path, pem)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise AcmeError(_("{path} holds no key: restore it, or remove it to open another account", path=path)) from exc
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise AcmeError(_("{path} holds no P-256 key: restore it, or remove it to open another account", path=path))
    return JWKEC(key=key)


def _sign_in(config: AcmeConfig, client: ClientV2) -> None:
    """Use the account on file; open one where there is none; tell the authority of another contact."""
    known = _known_account(config)
    client.net.account = None
    if known is None:
        _open_account(config, client)
        return
    client.net.account = messages.RegistrationResource(uri=known[0], body=messages.Registration())
    if known[1] != config.contact:
        body = messages.UpdateRegistration(contact=_contact(config))
        client.net.post(known[0], body, new_nonce_url=client.directory["newNonce"])
        _keep_account(config, known[0])


def _open_account(config: AcmeConfig, client: ClientV2) -> None:
    given = config.external_account
    if given is None and client.external_account_required():
        raise AcmeError(_("the authority opens accounts for its customers alone: set [acme.external_account]"))
    binding = None
    if given is not None:
        public = _account_key(config).public_key()
        binding = messages.ExternalAccountBinding.from_data(public, given.kid, given.hmac.reveal(), client.directory)
    wanted = messages.NewRegistration(
        contact=_contact(config) or None, terms_of_service_agreed=True, external_account_binding=binding
    )
    try:
        uri = client.new_account(wanted).uri
    except errors.ConflictError as exc:  # this key has one: our note of it was lost
        uri = exc.location
        client.net.account = messages.RegistrationResource(uri=uri, body=messages.Registration())
    _keep_account(config, uri)


def _contact(config: AcmeConfig) -> tuple[str, ...]:
    return (f"mailto:{config.contact}",) if config.contact else ()


def _known_account(config: AcmeConfig) -> tuple[str, str] | None:
    """Return the account's address and the contact the authority was told."""
    note = read(_note(config))
    with suppress(ValueError, LookupError, TypeError):
        found = json.loads(note or b"")
        if isinstance(found["uri"], str) and found["uri"].startswith("https://"):
            return found["uri"], str(found.get("contact", ""))
    return None


def _keep_account(config: AcmeConfig, uri: str) -> None:
    note = {"directory": config.directory, "uri": uri, "contact": config.contact}
    write(_note(config), (json.dumps(note) + "\n").encode())


def _forget_account(config: AcmeConfig) -> None:
    with suppress(OSError):
        _note(config).unlink()


def _note(config: AcmeConfig) -> Path:
    return config.places.account(config.directory, "account.json")


# --- the order -------------------------------------------------------------------------------------------------------


def _ordered(config: AcmeConfig, plan: PlannedCertificate, client: ClientV2, key_pem: bytes) -> str:
    """Order, prove every name, fetch; the answers are taken down again however it ends."""
    config.places.take_down()  # what an order that was killed left behind
    order = client.new_order(make_csr(key_pem, list(plan.names)))
    try:
        for authorization in order.authorizations:
            if authorization.body.status == messages.STATUS_PENDING:
                _prove(config.places, plan, client, authorization)
        order = client.poll_authorizations(order, _naive(PROOF_SECONDS))
        return str(client.finalize_order(order, _naive(PROOF_SECONDS)).fullchain_pem)
    finally:
        config.places.take_down()


def _prove(
    places: Places, plan: PlannedCertificate, client: ClientV2, authorization: messages.AuthorizationResource
) -> None:
    """Put up the answer for one name and let the authority look."""
    body = authorization.body
    name = str(body.identifier.value).lower()
    kind = plan.names[f"*.{name}" if body.wildcard else name]
    offered = {one.chall.typ: one for one in body.challenges if isinstance(one.chall.typ, str)}
    if kind not in offered:
        known = ", ".join(sorted(offered)) or "none that we know"
        raise AcmeError(
            _(
                "the authority does not prove {name} by {kind}: it offers {known}; set acme.challenge",
                name=name,
                kind=kind,
                known=known,
            )
        )
    chosen = offered[kind]
    response, answer = chosen.response_and_validation(client.net.key)
    if kind == HTTP_01:
        places.http_answer(chosen.chall.encode("token"), answer)
    else:
        places.dns_answer(chosen.chall.validation_domain_name(name), answer)
    client.answer_challenge(chosen, response)


def _naive(seconds: float) -> datetime:
    """Return a time ahead as the library wants it: local, without its zone."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).astimezone().replace(tzinfo=None)

"""A service that takes Gatehouse's access tokens, on FastAPI and PyJWT. Copy this file; it reads

  ISSUER       the URL of Gatehouse, as its own ISSUER spells it
  AUDIENCE     whom tokens must be for; ISSUER, as by default there, unless set
  REVOCATIONS  "off" goes by signatures alone: a token then works until it expires, whatever ended
  INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET  a machine client, for when the feed overflows
  PORT         3000 unless set
"""

import base64
import hashlib
import json
import logging
import os
import re
import threading
import time
from http.client import HTTPException as HTTPFailure
from typing import Any, Dict, FrozenSet, NamedTuple, Optional, Union
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException

ISSUER = os.environ["ISSUER"]
GATEHOUSE = ISSUER.rstrip("/")
AUDIENCE = os.environ.get("AUDIENCE") or ISSUER
CLIENT_ID = os.environ.get("INTROSPECTION_CLIENT_ID")
CLIENT_SECRET = os.environ.get("INTROSPECTION_CLIENT_SECRET")
# What the service signs with (JWT_ALGORITHM), never what a token says of itself (RFC 8725 §3.1).
ALGORITHMS = ["ES256"]
TIMEOUT = 2
# With the 10 s that Gatehouse hands the same feed out, an end is known here within 15 s.
FEED_SECONDS = 5
RETRY_SECONDS = 1


class Unavailable(Exception):
    """Gatehouse cannot be asked, so it cannot be told whether a token is good."""


def fetch(request: Union[str, Request]) -> bytes:
    try:
        with urlopen(request, timeout=TIMEOUT) as reply:
            return reply.read()
    except (OSError, HTTPFailure) as error:
        raise Unavailable(str(error)) from error


def fetch_json(request: Union[str, Request]) -> Dict[str, Any]:
    try:
        return json.loads(fetch(request))
    except ValueError as error:
        raise Unavailable("the answer is no JSON") from error


class Keys(jwt.PyJWKClient):
    """The library's cache of the key set, for five minutes, with what it lacks: a timeout, a failure that costs no key
    it has, and a pause between what unknown kids make it ask, since anybody can make them up."""

    fetched_at = float("-inf")

    def fetch_data(self) -> Any:
        key_set = fetch_json(self.uri)
        self.fetched_at = time.monotonic()
        self.jwk_set_cache.put(key_set)
        return key_set

    def get_jwk_set(self, refresh: bool = False) -> jwt.PyJWKSet:
        return super().get_jwk_set(refresh and time.monotonic() >= self.fetched_at + 30)


KEYS = Keys(f"{GATEHOUSE}/.well-known/jwks.json", lifespan=300)


def verify(token: str, typ: str, required: list, audience: Optional[str] = None) -> Dict[str, Any]:
    """The claims of what Gatehouse signed for one use, which typ tells (RFC 8725 §3.11).

    Raises Unavailable, and otherwise jwt.InvalidTokenError for whatever is wrong with the text.
    """
    try:
        header = jwt.get_unverified_header(token)
        if str(header.get("typ")).lower().removeprefix("application/") != typ:
            raise jwt.InvalidTokenError("typ is another")
        return jwt.decode(
            token,
            KEYS.get_signing_key(header.get("kid")).key,
            algorithms=ALGORITHMS,
            issuer=ISSUER,
            audience=audience,
            # A token from the future is one of a clock that is a little ahead, and no forgery.
            options={"require": ["exp", "iat", "iss", *required], "verify_iat": False},
        )
    except Unavailable:
        raise
    except Exception as error:  # the library lets more than its own errors through
        raise jwt.InvalidTokenError(str(error)) from error


class Copy(NamedTuple):
    entries: FrozenSet[bytes]
    overflow: bool
    issued_at: float
    expires_at: float


class Feed:
    """What ended before its time, at most 5 s old while Gatehouse answers; then the last copy, but never past its exp."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.copy: Optional[Copy] = None
        self.next_fetch_at = float("-inf")

    def current(self) -> Copy:
        if time.monotonic() >= self.next_fetch_at and self.lock.acquire(timeout=TIMEOUT):
            try:
                if time.monotonic() >= self.next_fetch_at:  # else another thread was faster
                    self.renew()
            finally:
                self.lock.release()
        if self.copy is None or self.copy.expires_at <= time.time():
            raise Unavailable("there is no feed to go by")
        return self.copy

    def renew(self) -> None:
        started_at = time.monotonic()
        try:
            text = fetch(f"{GATEHOUSE}/.well-known/revocations").decode()
            claims = verify(text, "revocations+jwt", ["entries", "overflow"])
            listed = base64.urlsafe_b64decode(claims["entries"] + "==")
            entries = frozenset(listed[at : at + 8] for at in range(0, len(listed), 8))
            copy = Copy(entries, claims["overflow"] is not False, claims["iat"], claims["exp"])
            # Another process of Gatehouse may hand out an older one: what is refused stays refused.
            if self.copy is None or copy.issued_at >= self.copy.issued_at:
                self.copy = copy
            self.next_fetch_at = started_at + FEED_SECONDS
        except Exception as error:
            logging.warning("The revocation feed cannot be had: %s", error)
            self.next_fetch_at = time.monotonic() + RETRY_SECONDS


FEED = None if os.environ.get("REVOCATIONS") == "off" else Feed()


def has_ended(feed: Feed, claims: Dict[str, Any], token: str) -> bool:
    """Whether what a token hangs on (sid) or the token itself (jti) ended before its time."""
    copy = feed.current()
    for name in ("sid", "jti"):
        if hashlib.sha256(str(claims[name]).encode()).digest()[:8] in copy.entries:
            return True
    return copy.overflow and not is_active(token)


def is_active(token: str) -> bool:
    """Asks Gatehouse itself (RFC 7662), for when more has ended than the feed can list."""
    if not CLIENT_ID or not CLIENT_SECRET:
        raise Unavailable("no client to introspect with")
    # RFC 6749 §2.3.1: form-encoded, then joined.
    basic = base64.b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
    body = urlencode({"token": token}).encode()
    request = Request(f"{GATEHOUSE}/oauth/introspect", body, {"Authorization": f"Basic {basic}"})
    return fetch_json(request).get("active") is True


def challenge(status: int, parameters: str) -> HTTPException:
    return HTTPException(status, headers={"WWW-Authenticate": f"Bearer {parameters}"})


def token_with(scope: Optional[str] = None):
    """A dependency: the claims of the request's access token (RFC 6750 §2.1), which must have `scope` if one is given.
    Not async, so FastAPI runs it in a thread, where it may wait."""

    def authorize(authorization: str = Header("")) -> Dict[str, Any]:
        found = re.fullmatch(r"Bearer +([A-Za-z0-9._~+/-]+=*)", authorization, re.IGNORECASE)
        if not found:
            raise challenge(401, 'realm="orders"')
        token = found[1]
        try:
            # A refresh token or an ID token is no access token: typ tells them apart (RFC 9068 §4).
            claims = verify(token, "at+jwt", ["sub", "client_id", "sid", "jti"], AUDIENCE)
            if FEED and has_ended(FEED, claims, token):
                raise jwt.InvalidTokenError("it ended")
        except jwt.InvalidTokenError as error:
            raise challenge(401, 'error="invalid_token"') from error
        except Unavailable as error:
            raise HTTPException(503, headers={"Retry-After": "2"}) from error
        if scope and scope not in str(claims.get("scope", "")).split(" "):
            raise challenge(403, f'error="insufficient_scope", scope="{scope}"')
        return claims

    return authorize


app = FastAPI()


@app.get("/orders")
def list_orders(claims: Dict[str, Any] = Depends(token_with())):
    return {"sub": claims["sub"], "scope": claims.get("scope")}


@app.get("/orders/admin")
def administer_orders(claims: Dict[str, Any] = Depends(token_with("users:read"))):
    return {"sub": claims["sub"], "scope": claims.get("scope")}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))

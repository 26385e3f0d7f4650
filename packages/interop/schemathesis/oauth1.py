"""OAuth 1.0a (RFC 5849) with HMAC-SHA256, and the hash of a body that is no form."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import parse_qsl, quote, urlsplit


def sign(request, key, secret):
    """The Authorization of a prepared request."""
    url = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    is_form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    oauth = {
        "oauth_consumer_key": key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
    }
    if not is_form:
        oauth["oauth_body_hash"] = base64.b64encode(hashlib.sha256(body).digest()).decode()
    form = parse_qsl(body.decode(), keep_blank_values=True) if is_form else []
    parameters = [*oauth.items(), *parse_qsl(url.query, keep_blank_values=True), *form]
    normalised = "&".join(f"{name}={value}" for name, value in sorted((encode(n), encode(v)) for n, v in parameters))
    base = "&".join([request.method, encode(f"{url.scheme}://{url.netloc}{url.path}"), encode(normalised)])
    mac = hmac.new(f"{encode(secret)}&".encode(), base.encode(), hashlib.sha256).digest()
    oauth["oauth_signature"] = base64.b64encode(mac).decode()
    return "OAuth " + ", ".join(f'{name}="{encode(value)}"' for name, value in oauth.items())


def encode(text):
    return quote(text, safe="-._~")

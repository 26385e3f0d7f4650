"""Calls a target through the gateway: JSON, a form, and bytes. Needs `requests` (`pip install requests`)."""

import base64
import hashlib
import hmac
import os
import secrets
import time
from urllib.parse import quote

import requests

account_url = f"{os.environ['FORWARDER_URL']}/mtls/account/{os.environ['ACCOUNT']}"
app_key, app_secret = os.environ["APP_KEY"], os.environ["APP_SECRET"]
lp_headers = {"LP-forward-url": os.environ["TARGET_URL"], "LP-service-name": os.environ["SERVICE"]}


def encode(text):
    return quote(text, safe="-._~")


def lp_hash(headers):
    """Makes the LP-* headers a part of what is signed."""
    lines = sorted(f"{name.lower()}:{value}\n" for name, value in headers.items())
    digest = hashlib.sha256("".join(lines).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorization(method, url, query, form=(), body=b""):
    """RFC 5849 section 3.4. Parameters of a form are signed one by one, any other body by its hash."""
    oauth = {
        "oauth_consumer_key": app_key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
    }
    if body:
        oauth["oauth_body_hash"] = base64.b64encode(hashlib.sha256(body).digest()).decode()
    signed = sorted((encode(name), encode(value)) for name, value in [*oauth.items(), *query, *form])
    parameters = "&".join(f"{name}={value}" for name, value in signed)
    base = "&".join(encode(part) for part in (method, url, parameters))
    signature = hmac.new(f"{encode(app_secret)}&".encode(), base.encode(), hashlib.sha256).digest()
    oauth["oauth_signature"] = base64.b64encode(signature).decode()
    return "OAuth " + ", ".join(f'{name}="{encode(value)}"' for name, value in oauth.items())


def call(content_type, body, form=()):
    query = [("lp_hash", lp_hash(lp_headers))]
    headers = {
        **lp_headers,
        "Content-Type": content_type,
        "Authorization": authorization("POST", account_url, query, form, b"" if form else body),
    }
    # As long as the gateway waits for the target's answer, and a little longer. A redirect is the target's answer.
    answer = requests.post(
        account_url, params=query, headers=headers, data=body, timeout=(10, 75), allow_redirects=False
    )
    if answer.headers.get("LP-answered-by") == "gateway":
        raise SystemExit(f"{answer.status_code} {answer.json()['code']}: {answer.json()['detail']}")
    print(answer.status_code, answer.text)


form = [("grant_type", "client_credentials"), ("scope", "read write"), ("scope", "ö*~+")]
call("application/json", '{"amount":"5 €"}'.encode())
call("application/x-www-form-urlencoded", "&".join(f"{encode(k)}={encode(v)}" for k, v in form).encode(), form)
call("application/octet-stream", bytes(range(256)))

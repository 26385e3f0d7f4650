"""What Schemathesis can not know of the gateway: credentials, what PEM is, and what no schema can say."""

import json
import os
import re
import uuid
from pathlib import Path

import requests
import schemathesis
from oauth1 import sign
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

demo = json.loads(Path(os.environ["DEMO_FILE"]).read_text())

key_material = "whether bytes are a key and a certificate that can be used is cryptography"
state = "it depends on what the account holds at the moment"
url_rules = "a url in its canonical form has rules (RFC 3986, hosts as WHATWG reads them) that no readable pattern has"

one_of_two = "must have either profile or source"
# Members that all objects have; schemas would have to say so of each object that may have members they do not know.
reserved = {f'Nothing in a request may have the name "{name}".' for name in ["__proto__", "constructor", "prototype"]}

# With what a request that fits its schema may be refused all the same, and why no schema can say so.
# 401, 403, 404, 409, 429 and 5xx need no line here: Schemathesis takes them for answers to good requests.
beyond_schemas = {
    "PRECONDITION_FAILED": state,
    "CERTIFICATE_PENDING_SIGNATURE": state,
    "CERTIFICATE_VERSION_UNKNOWN": state,
    "MAPPING_CERTIFICATE_UNKNOWN": state,
    "MAPPING_TRUST_UNKNOWN": state,
    "MAPPING_NAME_TAKEN": state,
    "MAPPING_ALREADY_EXISTS": state,
    "NO_MAPPING_FOR_CALL": state,
    "SERVICE_NAME_MISSING": state,
    "NOT_A_BASE_URL": state,
    "KEY_TYPE_UNSUPPORTED": "an issuer signs keys of some types only",
    "ISSUER_REFUSED": "it depends on what the issuer signs",
    "URL_VALIDATION_FAILED": "it depends on what the target answers",
    "TARGET_UNREACHABLE": "it depends on what the target answers",
    "TARGET_AUTH_INVALID": "which fields go together depends on the type, and alternatives would make a class of each",
    "TARGET_SECRET_NEEDED": state,
    "MESSAGE_SIGNATURE_INVALID": "which fields go together depends on the scheme, and alternatives would make a class of each",
    "SIGNING_KEY_MISSING": state,
    "TARGET_SECRET_MISSING": "it depends on what the token endpoint answers",
    "SIGNATURE_BODY_TOO_LARGE": state,
    "SIGNATURE_HEADER_MISSING": state,
    "SIGNATURE_KEY_UNFIT": state,
    "SIGNATURE_CERTIFICATE_UNUSABLE": state,
    "TOKEN_ENDPOINT_UNREACHABLE": "it depends on what the token endpoint answers",
    "TOKEN_ENDPOINT_REFUSED": "it depends on what the token endpoint answers",
    "TOKEN_ENDPOINT_CLIENT_REFUSED": "it depends on what the token endpoint answers",
    "TOKEN_ENDPOINT_MALFORMED": "it depends on what the token endpoint answers",
    "TOKEN_ENDPOINT_NO_TOKEN": "it depends on what the token endpoint answers",
    "TOKEN_ENDPOINT_TOKEN_TYPE": "it depends on what the token endpoint answers",
    "CURSOR_UNKNOWN": "a cursor is opaque",
    "HANDOVER_VOID": "which codes work depends on a MAC, and on what accounts hold",
    "SITE_ID_MISMATCH": "a field of the body must equal one of the path",
    "MAPPING_ID_MISMATCH": "a field of the body must equal one of the path",
    "TARGET_TRUST_EMPTY": "null and an empty list count as left out, and alternatives would make a class of each",
    "TARGET_TRUST_AMBIGUOUS": "which fields go together: alternatives would make a class of each",
    "TARGET_TLS_INVALID": "it depends on what this OpenSSL has, and on the fields together",
    "DOCUMENT_FAULTY": state,
    "UNKNOWN_SERVICE": "deployments have services of their own",
    "EXPIRY_NOT_IN_FUTURE": "a schema has no clock",
    "EXPIRY_TOO_LATE": "a schema has no clock",
    "NOTICE_ADDRESS_NEEDED": state,
    "NOTICE_NAMED_TWICE": "a schema compares whole entries of a list, not one of their fields",
    "MAIL_ADDRESS_INVALID": "what a mail server takes for an address has rules that no readable pattern has",
    "SUBJECT_ALT_NAME_INVALID": "four kinds of names, each with a grammar of its own",
    "KEY_MATERIAL_EXPECTED": "which parts of a form go together: the tool breaks off at such a rule beside a file",
    "TARGET_URL_NOT_CANONICAL": url_rules,
    # Each has a status of its own elsewhere: here they are entries of DOCUMENT_FAULTY.
    **dict.fromkeys(
        [
            "APP_KEY_NOT_FOUND",
            "CERTIFICATE_IN_USE",
            "CERTIFICATE_NOT_FOUND",
            "ISSUER_PROFILE_UNKNOWN",
            "SIGNING_KEY_NEEDED",
            "SOURCE_UNKNOWN",
            "TOO_MANY_TRUSTS",
            "TRUST_IN_USE",
            "UNMAPPED_CALLS_NOT_REFUSED",
        ],
        state,
    ),
    **dict.fromkeys(
        [
            "NOT_A_PKCS12",
            "P12_DAMAGED",
            "P12_UNSUPPORTED_ALGORITHM",
            "P12_WRONG_PASSWORD",
            "PEM_MALFORMED",
        ],
        key_material,
    ),
}


class Credentials(requests.auth.AuthBase):
    """Forwards are signed, as they take nothing else; everything else takes a token."""

    def __call__(self, request):
        is_forward = request.url.startswith(demo["forwarderApi"]) and "/mapping" not in request.url
        token = f"Bearer {demo['bearerToken']}"
        request.headers["Authorization"] = sign(request, demo["appKey"], demo["appSecret"]) if is_forward else token
        return request


schemathesis.auth.set_from_requests(Credentials())


@schemathesis.serializer("application/x-pem-file")
def pem(_ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(_ctx, case, _kwargs):
    # A key that was sent before is answered with the present state, which the documents tell in words (ADR 26).
    if case.headers.get("Idempotency-Key"):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    # The credentials are for one account.
    if is_account_id(case.path_parameters.get("accountId")):
        case.path_parameters["accountId"] = demo["accountId"]
    # No stranger is called.
    if case.headers.get("LP-forward-url"):
        case.headers["LP-forward-url"] = demo["targetUrl"]


def is_account_id(value):
    return re.fullmatch("[A-Za-z0-9_-]{1,64}", str(value)) is not None


@schemathesis.check
def services_do_not_fail(ctx, response, case):
    """`not_a_server_error`, but for what the caller asked for, and for what the demo does not have."""
    if codes_of(response) not in (["NO_CERTIFICATE_FOR_CALL"], ["MAIL_NOT_CONFIGURED"]):
        not_a_server_error(ctx, response, case)


@schemathesis.check
def valid_requests_are_accepted(ctx, response, case):
    """`positive_data_acceptance`, but for what is beyond schemas."""
    # An answer to HEAD has no document that would name a code.
    messages = messages_of(response)
    if case.method == "HEAD" or messages == {one_of_two} or (messages and messages <= reserved):
        return
    codes = codes_of(response)
    if not codes or any(code not in beyond_schemas for code in codes):
        positive_data_acceptance(ctx, response, case)


@schemathesis.check
def invalid_requests_are_refused(ctx, response, case):
    """`negative_data_rejection`, but for two things.

    A body that is too large is refused unread, whatever else is wrong with it. And the number of a service may be sent as
    a number: clients of the original API do, and the documents leave it out because generators trip over it.
    """
    is_number_of_service = isinstance(case.body, dict) and type(case.body.get("serviceName")) in (int, float)
    if response.status_code != 413 and not is_number_of_service:
        negative_data_rejection(ctx, response, case)


@schemathesis.check
def answers_match_their_schemas(ctx, response, case):
    """
    `response_schema_conformance`, but for answers of targets: they may be anything, and the document calls them bytes
    for the sake of generated clients (contract/src/openapi/responses.ts).
    """
    if "forward" not in case.operation.tags or "lp-answered-by" in response.headers:
        response_schema_conformance(ctx, response, case)


def messages_of(response):
    """Of each fault. That exactly one of two fields is needed, documents leave out: generated clients trip over it."""
    if "problem+json" not in str(response.headers.get("content-type")) or not response.content:
        return set()
    return {fault["message"] for fault in response.json().get("errors", [])}


def codes_of(response):
    """Of each entry of a list that was refused, else of the problem itself."""
    if "problem+json" not in str(response.headers.get("content-type")) or not response.content:
        return []
    problem = response.json()
    entries = problem.get("failedSaveToVaultCertificates", []) + problem.get("errors", [])
    codes = [entry["code"] for entry in entries if "code" in entry and entry.get("message") != one_of_two]
    return codes or [problem["code"]]

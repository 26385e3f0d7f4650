const untrusted =
  'The target’s own certificate comes from a CA that the gateway does not trust. Add that CA to the mapping.'
const closed =
  'The target closed the connection without saying why. Often that means that it does not accept the client certificate: try the certificate at this url.'
const noTarget = 'The gateway takes no such url. Call an https: url, written in full.'

/**
 * What the codes of a call mean, and what to do, for the lists of recent calls: shorter than docs/errors.md, and
 * without what only the caller was told.
 */
export const callReasons: Readonly<Record<string, string>> = {
  // the gateway did not make the call
  MAPPING_DISABLED: 'Its mapping is disabled. Enable the mapping.',
  CLIENT_CERTIFICATE_EXPIRED: 'Its client certificate has expired. Rotate it.',
  CLIENT_CERTIFICATE_NOT_YET_VALID: 'Its client certificate is not valid yet.',
  CERTIFICATE_PENDING_SIGNATURE: 'Its certificate waits for the CA’s answer to the signing request.',
  CERTIFICATE_VERSION_UNKNOWN: 'The call asked for a version that its certificate does not have.',
  CLIENT_KEY_MISSING: 'The store has lost the key of its certificate. Upload it again.',
  NO_CERTIFICATE_FOR_CALL: 'No mapping has this service and url, and the call asked for a certificate.',
  NO_MAPPING_FOR_CALL: 'No mapping has this service and url, and the call asked for a certificate.',
  SERVICE_NAME_MISSING: 'The url is mapped for several services, and the call named none.',
  SERVICE_NOT_ALLOWED: 'The credentials of the caller are limited to other services.',
  UNKNOWN_SERVICE: 'The call named a service that there is not.',
  TARGET_URL_MISSING: 'The call had no url: the header LP-forward-url is missing.',
  TARGET_URL_NOT_CANONICAL: noTarget,
  TARGET_URL_NOT_HTTPS: noTarget,
  MAPPING_NOT_FOUND: 'The call named a mapping by its id that there is not.',
  NOT_A_BASE_URL: 'The mapping that the call named is no base for it. Map a url that ends with /*.',
  CLIENT_CERTIFICATE_UNUSABLE: 'Its client certificate cannot be used. Upload it again.',
  CLIENT_CERTIFICATE_DELETED: 'Its client certificate was deleted meanwhile. Map the url to another one.',
  CLIENT_CERTIFICATE_REPLACED: 'Its client certificate was replaced meanwhile. Repeat the call.',
  TARGET_TRUST_UNUSABLE: 'The CA certificates that its mapping gives for the target cannot be used. Give them again.',
  STORE_UNAVAILABLE: 'The gateway could not read the account or the key. Try again later.',
  UNMAPPED_CALL: 'No mapping has this service and url, and this account refuses such calls.',
  TOO_MANY_CALLS: 'There were too many calls at the same time.',
  TARGET_CIRCUIT_OPEN: 'The target did not answer several calls before, so it was left alone for a moment.',
  // the target was not reached
  TARGET_ADDRESS_REFUSED: 'This gateway does not connect to the target’s address. Ask its operator.',
  TARGET_PORT_REFUSED: 'This gateway does not connect to the target’s port. Ask its operator.',
  ENOTFOUND: 'The host name of the target does not exist. Check the url.',
  EAI_AGAIN: 'The host name of the target could not be looked up. Try again later.',
  ECONNREFUSED: 'Nothing listens at the target’s host and port, or a firewall rejects it.',
  EHOSTUNREACH: 'There is no route to the target.',
  ENETUNREACH: 'There is no route to the target’s network.',
  TIMEOUT: 'The target did not answer in time.',
  ECONNRESET: closed,
  SOCKET_CLOSED: closed,
  EGRESS_PROXY_UNREACHABLE: 'The gateway’s egress proxy cannot be reached. Tell its operator.',
  EGRESS_PROXY_TIMEOUT:
    'The gateway’s egress proxy did not connect to the target in time. Check that the target is up.',
  EGRESS_PROXY_UNAUTHORIZED: 'The gateway’s egress proxy refused its credentials. Tell the operator.',
  EGRESS_PROXY_REFUSED: 'The gateway’s egress proxy does not let calls to the target pass. Ask the operator.',
  EGRESS_PROXY_CANNOT_CONNECT:
    'The gateway’s egress proxy could not connect to the target. Check that the target is up.',
  EGRESS_PROXY_MALFORMED: 'The gateway’s egress proxy gave no valid answer. Tell the operator.',
  EMFILE: 'The gateway had no room for another connection. Repeat the call.',
  MALFORMED_RESPONSE: 'The answer of the target is not valid HTTP. Its owner has to correct it.',
  SHUTTING_DOWN: 'This instance of the gateway stopped meanwhile. Repeat the call.',
  CALL_ABORTED: 'The caller gave up before the answer had arrived.',
  TRANSPORT_FAILED: 'The call failed on its way. Give the operator the request id.',
  // the target's own certificate, and its TLS
  CERT_NOT_YET_VALID: 'The target’s own certificate is not valid yet. Its owner has to install another one.',
  TARGET_CERTIFICATE_INVALID: 'The target’s own certificate cannot be used. Its owner has to replace it.',
  TARGET_TLS_VERSION_UNSUPPORTED:
    'The target has neither TLS 1.2 nor TLS 1.3, or not the one that the client certificate or the mapping needs.',
  TARGET_TLS_CIPHER_MISMATCH:
    'The target has no current cipher suites, or none that the mapping names. Its owner has to enable them.',
  TARGET_LEGACY_RENEGOTIATION:
    'The target has no secure renegotiation (RFC 5746). Its owner has to enable it, or TLS 1.3; until then, the TLS settings of the mapping can allow it.',
  TARGET_TLS_UNUSABLE: 'The TLS settings of the mapping cannot be used. Change them.',
  TARGET_PROTOCOL_MISMATCH: 'The target does not speak HTTP/1.1. Its owner has to enable it.',
  TARGET_UNKNOWN_SERVER_NAME: 'The target does not know this host name. Check the url.',
  TARGET_HANDSHAKE_REFUSED: 'The TLS handshake of the target costs too much, because of its keys or its chain.',
  TARGET_TOO_COSTLY: 'What the target sends costs too much: very small pieces, or nothing in them.',
  TLS_HANDSHAKE_FAILED: 'The TLS handshake failed. The log of the target says more.',
  CERT_HAS_EXPIRED: 'The target’s own certificate has expired. Its owner has to renew it.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The target’s own certificate is for another host name. Check the url.',
  TARGET_PIN_MISMATCH: 'The target has another key than the mapping pins. Ask its owner whether the key is new.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  // the client certificate
  TARGET_REQUIRES_CLIENT_CERTIFICATE: 'The target wants a client certificate that it did not get.',
  TARGET_REJECTED_CLIENT_CERTIFICATE: 'The target rejects the client certificate. Ask its owner which CAs it accepts.',
  TARGET_REJECTED_CLIENT_KEY_TYPE: 'The target does not accept this type of key. Most targets accept RSA.',
  TARGET_ASKS_AFTER_HANDSHAKE: 'The target asks for the certificate after the handshake. It has to ask within it.',
  TARGET_REJECTED_CLIENT_CHAIN: 'The target broke off over the client certificate. Its chain may be too long.',
  TARGET_NOT_TLS: 'The target does not speak TLS on this port. Check the url.',
}

interface Codes {
  readonly code?: string | undefined
  readonly transportCode?: string | undefined
}

/** What its codes mean; undefined where neither is known. */
export function reasonOfCodes({ code = '', transportCode = '' }: Codes): string | undefined {
  const known = [transportCode, code].find((each) => Object.hasOwn(callReasons, each))
  return known === undefined ? undefined : callReasons[known]
}

/** The reason's advice is to try the certificate. */
export function triesHelp(reason: string | undefined): boolean {
  return reason === closed
}

/** The reason's advice is to change what the mapping trusts. */
export function addsCa(reason: string | undefined): boolean {
  return reason === untrusted
}

/** It is the mapping that the call lacks. */
export function isUnmapped({ code = '', transportCode }: Codes): boolean {
  return (
    transportCode === 'TARGET_REQUIRES_CLIENT_CERTIFICATE' ||
    ['NO_CERTIFICATE_FOR_CALL', 'NO_MAPPING_FOR_CALL', 'UNMAPPED_CALL'].includes(code)
  )
}

import type { RecentCall } from '@mtls-gateway/contract'

const untrusted =
  'The target’s own certificate comes from a CA that the gateway does not trust. Add that CA to the mapping.'
const closed =
  'The target closed the connection without saying why. Often that means that it does not accept the client certificate: try the certificate at this url.'

/**
 * What the codes of a call mean, and what to do: shorter than docs/errors.md, without what only the caller was told.
 */
const reasons: Readonly<Record<string, string>> = {
  // the gateway did not make the call
  MAPPING_DISABLED: 'Its mapping is disabled. Enable the mapping.',
  CLIENT_CERTIFICATE_EXPIRED: 'Its client certificate has expired. Rotate it.',
  CLIENT_CERTIFICATE_NOT_YET_VALID: 'Its client certificate is not valid yet.',
  CERTIFICATE_PENDING_SIGNATURE: 'Its certificate waits for the CA’s answer to the signing request.',
  CLIENT_KEY_MISSING: 'The store has lost the key of its certificate. Upload it again.',
  NO_CERTIFICATE_FOR_CALL: 'No mapping has this service and url, and the call asked for a certificate.',
  NO_MAPPING_FOR_CALL: 'No mapping has this service and url, and the call asked for a certificate.',
  SERVICE_NAME_MISSING: 'The url is mapped for several services, and the call named none.',
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
  // the target's own certificate
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
  TARGET_REJECTED_CLIENT_CHAIN: 'The target broke off over the client certificate. Its chain may be too long.',
  TARGET_NOT_TLS: 'The target does not speak TLS on this port. Check the url.',
}

type Codes = Pick<RecentCall, 'code' | 'transportCode' | 'mappingId'>

/** Why a call failed, and what to do. `undefined`: the code has to do. */
export function callReason({ code, transportCode, mappingId }: Codes): string | undefined {
  // Whoever calls such a url has most often mapped one that is nearly the same.
  if (transportCode === 'TARGET_REQUIRES_CLIENT_CERTIFICATE' && mappingId === undefined) {
    return 'The target wants a client certificate, and no mapping has exactly this service and url. Explain shows which nearly does.'
  }
  return reasonOf(transportCode) ?? reasonOf(code)
}

/** Its advice is to try the certificate. */
export function triesHelp(reason: string | undefined): boolean {
  return reason === closed
}

/** Its advice is to change what the mapping trusts. */
export function addsCa(reason: string | undefined): boolean {
  return reason === untrusted
}

function reasonOf(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(reasons, code) ? reasons[code] : undefined
}

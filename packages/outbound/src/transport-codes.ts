/** Every code that `explainTransportError` can give, for `LP-error-from-transport` and docs/errors.md. */
export const transportCodes = [
  // the gateway refuses to connect there
  'TARGET_ADDRESS_REFUSED',
  'TARGET_PORT_REFUSED',
  // finding and reaching the target
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'SOCKET_CLOSED',
  'TIMEOUT',
  // the target's certificate
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'TARGET_CERTIFICATE_INVALID',
  'TARGET_PIN_MISMATCH',
  'TARGET_TRUST_UNUSABLE',
  // the client certificate
  'TARGET_REQUIRES_CLIENT_CERTIFICATE',
  'TARGET_REJECTED_CLIENT_CERTIFICATE',
  'CLIENT_CERTIFICATE_UNUSABLE',
  'CLIENT_CERTIFICATE_DELETED',
  'CLIENT_CERTIFICATE_REPLACED',
  // the rest of the handshake
  'TARGET_TLS_VERSION_UNSUPPORTED',
  'TARGET_TLS_CIPHER_MISMATCH',
  'TARGET_UNKNOWN_SERVER_NAME',
  'TARGET_NOT_TLS',
  'TARGET_HANDSHAKE_REFUSED',
  'TLS_HANDSHAKE_FAILED',
  // the exchange
  'MALFORMED_RESPONSE',
  'CALL_ABORTED',
  'SHUTTING_DOWN',
  'TRANSPORT_FAILED',
] as const

export type TransportCode = (typeof transportCodes)[number]

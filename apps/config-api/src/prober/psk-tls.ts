/** The client's identity in the handshake; there is only one client. */
export const pskIdentity = 'config-api'

/**
 * TLS with a shared secret (RFC 5489, RFC 7905): each side proves that it has the secret without sending it, and
 * recorded traffic stays closed even if the secret is lost. It needs no certificates. Node supports it up to TLS 1.2.
 */
export const pskTls = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

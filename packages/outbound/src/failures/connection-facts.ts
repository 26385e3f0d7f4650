import type { MappingTls } from '@mtls-gateway/domain'

/** How far a call had come: finding the address, TCP, TLS, then HTTP. */
export type TransportPhase = 'resolve' | 'connect' | 'handshake' | 'exchange'

/**
 * What the connector knows about the connection that an error ended; the error alone rarely tells. Nothing where no
 * connection is known.
 */
export interface ConnectionFacts {
  readonly phase?: TransportPhase
  /** A client certificate was there to be presented. */
  readonly hadClientCertificate?: boolean
  /** The target's certificate had come, so that the two sides agree on version and cipher. */
  readonly targetCertificateSeen?: boolean
  /** It was our side that ended the handshake, over the target's certificate. */
  readonly targetCertificateRefused?: boolean
  /** The two sides had agreed on TLS 1.2. */
  readonly isTls12?: boolean
  /**
   * The numbers of the signatures that the target takes, where the key of the client certificate has none of them: it
   * was not sent.
   */
  readonly acceptedSignatures?: readonly number[] | undefined
  /** TLS 1.3 has no signature for the key of the client certificate, so only TLS 1.2 was offered. */
  readonly keyNeedsTls12?: boolean
  /** What the mapping says of TLS; undefined: what is offered to all targets was offered. */
  readonly tls?: MappingTls | undefined
  /** The target's certificates in DER, leaf first, where the handshake failed. */
  readonly targetChain?: readonly Buffer[]
  /** CAs of the mapping were trusted in the place of the system's. */
  readonly trustsGivenCas?: boolean
  /** The target had sent something on this connection after the handshake. */
  readonly answeredBefore?: boolean
  /** It had answered calls before, and not a byte of an answer to its last request had come. */
  readonly isDeadReuse?: boolean
}

// Whoever reports the failure passes the socket's error object on as it is, so the object itself links the two.
const recorded = new WeakMap<object, ConnectionFacts>()

/** Beside those that are known already. */
export function recordConnectionFacts(error: object, facts: ConnectionFacts): void {
  recorded.set(error, { ...recorded.get(error), ...facts })
}

/** Undefined for an error that did not come from a connection of this package. */
export function connectionFacts(error: unknown): ConnectionFacts | undefined {
  return typeof error === 'object' && error !== null ? recorded.get(error) : undefined
}

const deadConnection: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'SOCKET_CLOSED'])

/**
 * True if the target closed a kept-alive connection that had answered a call before: a bodyless idempotent call whose
 * own answer had not begun may be sent once more (RFC 9110 section 9.2.2), by a pool acquired anew.
 */
export function isDeadReusedConnection(error: unknown): boolean {
  if (connectionFacts(error)?.isDeadReuse !== true) return false
  return deadConnection.has((error as { readonly code?: unknown }).code)
}

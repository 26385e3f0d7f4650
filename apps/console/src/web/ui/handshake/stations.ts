import type { HandshakeOutcome } from './outcome.ts'

/** The way of a call to the certificate's acceptance, in order. */
export const stationNames = ['Reached', 'TLS agreed', 'Target trusted', 'Asked for a certificate', 'Accepted'] as const
export type StationName = (typeof stationNames)[number]

/**
 * `doubtful`: it may or may not have broken here. `skipped`: the target does without. `ahead`: the call ended before.
 */
export type StationState = 'passed' | 'broken' | 'doubtful' | 'skipped' | 'ahead'

export interface Station {
  readonly name: StationName
  readonly state: StationState
  /** A word or two of what was found there. */
  readonly found: string | undefined
}

const [reached, tls, trusted, asked, accepted] = [0, 1, 2, 3, 4] as const
type Place = typeof reached | typeof tls | typeof trusted | typeof asked | typeof accepted

/** Where a failure belongs, by its code (docs/errors.md, codes of the way to the target). */
const places: Readonly<Record<string, Place>> = {
  ...at(reached, 'TARGET_ADDRESS_REFUSED TARGET_PORT_REFUSED ENOTFOUND EAI_AGAIN ECONNREFUSED EHOSTUNREACH'),
  ...at(reached, 'ENETUNREACH EMFILE SHUTTING_DOWN EGRESS_PROXY_UNREACHABLE EGRESS_PROXY_TIMEOUT'),
  ...at(reached, 'EGRESS_PROXY_UNAUTHORIZED EGRESS_PROXY_REFUSED EGRESS_PROXY_CANNOT_CONNECT EGRESS_PROXY_MALFORMED'),
  ...at(tls, 'TARGET_TLS_VERSION_UNSUPPORTED TARGET_TLS_CIPHER_MISMATCH TARGET_LEGACY_RENEGOTIATION TARGET_NOT_TLS'),
  ...at(tls, 'TARGET_TLS_UNUSABLE TARGET_PROTOCOL_MISMATCH TARGET_UNKNOWN_SERVER_NAME TARGET_HANDSHAKE_REFUSED'),
  ...at(trusted, 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID ERR_TLS_CERT_ALTNAME_INVALID UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  ...at(trusted, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT'),
  ...at(trusted, 'TARGET_CERTIFICATE_INVALID TARGET_PIN_MISMATCH TARGET_TRUST_UNUSABLE'),
  ...at(asked, 'TARGET_ASKS_AFTER_HANDSHAKE'),
  ...at(accepted, 'TARGET_REJECTED_CLIENT_CERTIFICATE TARGET_REJECTED_CLIENT_KEY_TYPE TARGET_REJECTED_CLIENT_CHAIN'),
  ...at(accepted, 'TARGET_REQUIRES_CLIENT_CERTIFICATE CLIENT_CERTIFICATE_UNUSABLE'),
}

export interface Way {
  readonly stations: readonly Station[]
  /** The station that the outcome's sentence is about. */
  readonly telling: number
}

export function wayOf(outcome: HandshakeOutcome): Way {
  const telling = placeOf(outcome)
  const here = stateOf(outcome, telling)
  const stations = stationNames.map((name, index) => ({
    name,
    state: index === telling ? here : index < telling ? passedOrSkipped(outcome, index) : stateAfter(outcome),
    found: index > telling ? undefined : foundAt(outcome, index),
  }))
  return { stations, telling }
}

/** Where the call ended, or the last station for one that succeeded. */
function placeOf({ clientCertificate, error, handshake, chainAcceptable }: HandshakeOutcome): Place {
  if (error === null) return clientCertificate === 'not-asked' ? asked : accepted
  const known = places[error.code]
  if (known !== undefined) return known
  // A handshake that broke tells nothing of itself, but the issuers that the target named show that it asked.
  const isAsked = handshake?.clientCertificateRequested ?? chainAcceptable !== null
  if (isAsked || (handshake?.protocol ?? null) !== null) return clientCertificate === 'not-asked' ? asked : accepted
  // Only the sentence says whether the time ran out before the connection or in the handshake.
  if (error.code === 'TIMEOUT' && !error.message.includes('TLS handshake')) return reached
  return tls
}

function stateOf({ clientCertificate, error }: HandshakeOutcome, place: Place): StationState {
  if (clientCertificate === 'not-asked' && error?.code !== 'TARGET_ASKS_AFTER_HANDSHAKE') return 'skipped'
  if (place < accepted) return 'broken'
  if (clientCertificate === 'accepted') return 'passed'
  return clientCertificate === 'refused' ? 'broken' : 'doubtful'
}

/** A target that asks for no certificate and answers has none to accept: the call did not end before that. */
function stateAfter({ clientCertificate, error }: HandshakeOutcome): StationState {
  return clientCertificate === 'not-asked' && error === null ? 'skipped' : 'ahead'
}

function passedOrSkipped({ clientCertificate }: HandshakeOutcome, index: number): StationState {
  return index === asked && clientCertificate === 'not-asked' ? 'skipped' : 'passed'
}

function foundAt({ status, handshake }: HandshakeOutcome, index: number): string | undefined {
  if (index === tls) return handshake?.protocol?.replace('TLSv', 'TLS ') ?? undefined
  if (index === accepted && status !== null) return `answered ${status}`
  return undefined
}

function at(place: Place, codes: string): Readonly<Record<string, Place>> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, place]))
}

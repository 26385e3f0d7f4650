import type { TestCall, Trial } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { hintOfTest } from './hints.ts'
import { facts } from './lines.ts'

/** What is shown of a call that was made to try a certificate. */
type TargetCall = Pick<TestCall, 'url' | 'status' | 'error' | 'clientCertificate' | 'explanation'> &
  Pick<Trial, 'acceptableIssuers' | 'alert'> & {
    readonly protocol: string | null
    /** Undefined if the handshake did not get that far. */
    readonly certificateUse: string | undefined
  }

/** The call of the key tester. */
export function testCallText({ handshake, ...call }: TestCall, colour: boolean): string {
  const { protocol, clientCertificateRequested: isRequested, chainAcceptable } = handshake
  const issuers = isRequested
    ? issuersOf(chainAcceptable, 'asked for; the target does not name the issuers that it accepts')
    : notAsked
  const certificateUse = protocol === null && !isRequested ? undefined : issuers
  return targetCallText({ ...call, ...handshake, certificateUse }, colour)
}

/** The call with a stored certificate. The target is asked for its issuers only if it seems to refuse this one. */
export function trialText(url: string, { handshake, ...trial }: Trial, colour: boolean): string {
  const isRequested = handshake?.clientCertificateRequested ?? trial.chainAcceptable !== null
  const issuers = isRequested ? issuersOf(trial.chainAcceptable, 'asked for') : notAsked
  const certificateUse = handshake === null && !isRequested ? undefined : issuers
  return targetCallText({ url, ...trial, protocol: handshake?.protocol ?? null, certificateUse }, colour)
}

const notAsked = 'not asked for in the handshake'

function issuersOf(chainAcceptable: boolean | null, unknown: string): string {
  if (chainAcceptable === null) return unknown
  return chainAcceptable
    ? 'asked for, and its issuer is accepted'
    : 'asked for, but of an issuer that the target does not accept'
}

function targetCallText(call: TargetCall, colour: boolean): string {
  const { url, status, error, clientCertificate, explanation, protocol, certificateUse } = call
  const { acceptableIssuers, alert } = call
  return facts([
    ['call', url],
    ['handshake', protocol ?? 'none'],
    ['certificate', certificateUse],
    ['accepts', acceptableIssuers.length === 0 ? undefined : acceptableIssuers.join('; ')],
    ['alert', alert ? `${alert.description}, from the ${alert.from}` : undefined],
    ['answer', status === null ? 'none' : String(status)],
    ['verdict', error ? clientCertificate : `${clientCertificate}: ${explanation}`],
    ['error', error ? `${paint(error.code, 31, colour)}: ${error.message}` : undefined],
    ['', error ? hintOfTest(error.code) : undefined],
  ])
}

import type { TestCall, Trial } from '@mtls-gateway/contract'

type TrialHandshake = NonNullable<Trial['handshake']>

/** What came of a call with a client certificate: a trial, an entry of a probe, or {@link outcomeOfTestCall}. */
export interface HandshakeOutcome
  extends Pick<
    Trial,
    'status' | 'clientCertificate' | 'explanation' | 'error' | 'acceptableIssuers' | 'chainAcceptable' | 'alert'
  > {
  readonly handshake:
    | (Omit<TrialHandshake, 'targetCertificate'> & {
        readonly targetCertificate: TrialHandshake['targetCertificate'] | null
      })
    | null
}

/** The key tester's call has the same facts in another order. */
export function outcomeOfTestCall({
  status,
  clientCertificate,
  explanation,
  error,
  handshake: { acceptableIssuers, chainAcceptable, alert, ...handshake },
}: TestCall): HandshakeOutcome {
  return { status, clientCertificate, explanation, error, handshake, acceptableIssuers, chainAcceptable, alert }
}

import type { TracedCallReport } from '../traced/traced-call-report.ts'
import type { TransportCode } from '../transport-codes.ts'
import type { TargetTrial } from './target-trials.ts'

const repeatable: ReadonlySet<string> = new Set(['HEAD', 'GET', 'OPTIONS'])
/** Failures that the client certificate may have caused: many targets just close the connection. */
const maybeRefused: ReadonlySet<TransportCode> = new Set([
  'TARGET_REJECTED_CLIENT_CERTIFICATE',
  'TARGET_REQUIRES_CLIENT_CERTIFICATE',
  'TLS_HANDSHAKE_FAILED',
  'ECONNRESET',
  'SOCKET_CLOSED',
])

/**
 * Asks a target that seems to refuse the certificate once more, to learn what only a trace of the handshake tells.
 * @param method of the trial
 * @param trace makes the call, `HEAD` without a body; the trial's outcome stands without it
 */
export async function lookInto(
  trial: TargetTrial,
  method: string,
  trace: () => Promise<TracedCallReport>,
): Promise<TargetTrial> {
  const { failure } = trial
  if (failure === undefined || !maybeRefused.has(failure.code) || !repeatable.has(method)) return trial
  const report = await trace().catch(() => undefined)
  if (report === undefined) return trial
  const { acceptableIssuers, alert } = report.trace
  return { ...trial, refusal: { acceptableIssuers, chainAcceptable: report.chainAcceptable, alert } }
}

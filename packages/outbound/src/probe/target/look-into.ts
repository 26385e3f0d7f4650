import { isAboutCertificate } from '../../failures/tls-failures.ts'
import type { TracedCallReport } from '../traced-call/traced-call-report.ts'
import { mayForbidForCertificate } from '../verdict/refusing-answer.ts'
import type { ProbedTarget } from './target-probes.ts'

const repeatable: ReadonlySet<string> = new Set(['HEAD', 'GET', 'OPTIONS'])

/** What is read of the answer to a traced call: enough for a page of a server that says what it misses. */
export const lookedIntoBytes = 16 * 1024

/**
 * Asks a target that seems to refuse the certificate once more, to learn what only a trace of the handshake tells.
 * @param method of the probe
 * @param trace makes the call, `GET`: the words of a refusal are in the body; what was found stands without it
 */
export async function lookInto(
  probed: ProbedTarget,
  method: string,
  trace: () => Promise<TracedCallReport>,
): Promise<ProbedTarget> {
  if (!seemsRefused(probed) || !repeatable.has(method)) return probed
  const report = await trace().catch(() => undefined)
  if (report === undefined) return probed
  const { acceptableIssuers, alert } = report.trace
  const refusal = { acceptableIssuers, chainAcceptable: report.chainAcceptable, alert }
  // What the second call came to says nothing about the first one, where one was answered and the other was not.
  if ((probed.status === undefined) !== (report.answer === undefined)) return { ...probed, refusal }
  const { outcome, failure, explanation } = report.verdict
  return { ...probed, ok: failure === undefined, failure, clientCertificate: outcome, explanation, refusal }
}

function seemsRefused({ failure, status }: ProbedTarget): boolean {
  return failure === undefined ? mayForbidForCertificate(status) : isAboutCertificate(failure.code)
}

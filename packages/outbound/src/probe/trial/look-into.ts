import type { TracedCallReport } from '../traced-call/traced-call-report.ts'
import { isAboutCertificate } from '../verdict/certificate-verdict.ts'
import { mayForbidForCertificate } from '../verdict/refusing-answer.ts'
import type { TargetTrial } from './target-trials.ts'

const repeatable: ReadonlySet<string> = new Set(['HEAD', 'GET', 'OPTIONS'])

/** What is read of the answer to a traced call: enough for a page of a server that says what it misses. */
export const lookedIntoBytes = 16 * 1024

/**
 * Asks a target that seems to refuse the certificate once more, to learn what only a trace of the handshake tells.
 * @param method of the trial
 * @param trace makes the call, `GET`: the words of a refusal are in the body; the trial's outcome stands without it
 */
export async function lookInto(
  trial: TargetTrial,
  method: string,
  trace: () => Promise<TracedCallReport>,
): Promise<TargetTrial> {
  if (!seemsRefused(trial) || !repeatable.has(method)) return trial
  const report = await trace().catch(() => undefined)
  if (report === undefined) return trial
  const { acceptableIssuers, alert } = report.trace
  const refusal = { acceptableIssuers, chainAcceptable: report.chainAcceptable, alert }
  // What the second call came to says nothing about the first one, where one was answered and the other was not.
  if ((trial.status === undefined) !== (report.answer === undefined)) return { ...trial, refusal }
  const { outcome, failure, explanation } = report.verdict
  return { ...trial, ok: failure === undefined, failure, clientCertificate: outcome, explanation, refusal }
}

function seemsRefused({ failure, status }: TargetTrial): boolean {
  return failure === undefined ? mayForbidForCertificate(status) : isAboutCertificate(failure.code)
}

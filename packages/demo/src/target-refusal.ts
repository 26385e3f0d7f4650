import { once } from 'node:events'
import { get } from 'node:https'
import type { MtlsTarget } from '@mtls-gateway/test-kit'
import { errorCode, errorText } from './error-text.ts'
import { StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

/** The alert itself, or what is left of it where the target's end of the connection arrives first. */
const refusals = new Set(['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ECONNRESET', 'EPIPE'])

/** Calls the target directly, without a client certificate: it must not answer, and must not have seen a request. */
export async function expectRefusal(target: MtlsTarget): Promise<StepResult<void>> {
  const seenBefore = target.seen.length
  const error = await callWithoutCertificate(target)
  if (error === undefined || target.seen.length > seenBefore) {
    throw new StepFailure('the target answered a caller that has no client certificate')
  }
  const code = errorCode(error)
  if (!refusals.has(code)) throw new StepFailure(`the target could not be called: ${errorText(error)}`)
  return { result: code, value: undefined }
}

/** The error that it ends with, or undefined if there is an answer. */
async function callWithoutCertificate(target: MtlsTarget): Promise<unknown> {
  const request = get(target.url, { ca: target.ca, agent: false })
  try {
    await once(request, 'response')
    return undefined
  } catch (error) {
    return error
  } finally {
    request.destroy()
  }
}

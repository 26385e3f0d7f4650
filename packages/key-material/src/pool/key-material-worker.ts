import { isCodedError } from '@mtls-gateway/domain'
import { receiveJobs, sendToParent } from '@mtls-gateway/isolated-jobs/worker'
import { examine } from '../examine/examine.ts'
import { examineSigned } from '../examine/examine-signed.ts'
import { NeedsExpensiveChild } from '../pkcs12/iteration-budget.ts'
import { readTrustedCas } from '../trust/read-trusted-cas.ts'
import type { Answer, Job } from './messages.ts'

/**
 * The child process of the pool: examines a file, makes a key with its signing request, or signs one. Any other error
 * ends the process, and the pool handles that. It prints nothing: nobody reads its standard output and error.
 */
receiveJobs<Job>(async (job) => {
  sendToParent<Answer>({ kind: 'taken' })
  sendToParent<Answer>(await run(job))
})
sendToParent<Answer>({ kind: 'ready' })

async function run(job: Job): Promise<Answer> {
  if (job.kind === 'make-request') {
    // Loaded on demand: most children only read files, and this takes as long to load as everything else.
    const { makeRequest } = await import('../signing-request/make-request.ts')
    return { kind: 'request-made', request: await makeRequest(job.spec) }
  }
  if (job.kind === 'make-signing-key') {
    const { makeSigningKey } = await import('../signing-key/make-signing-key.ts')
    return { kind: 'signing-key-made', key: await makeSigningKey(job.algorithm) }
  }
  if (job.kind === 'make-ca') {
    const { makeCa } = await import('../account-ca/make-ca.ts')
    return { kind: 'ca-made', ca: await makeCa(job.commonName) }
  }
  if (job.kind === 'sign-request') {
    const { signRequest } = await import('../account-ca/sign-request.ts')
    try {
      return { kind: 'request-signed', certificate: await signRequest(job.ca, job.order) }
    } catch (error) {
      if (isCodedError(error)) return { kind: 'request-refused' }
      throw error
    }
  }
  if (job.kind === 'read-revocation') {
    const { readRevocationAnswer } = await import('../revocation/read-answer.ts')
    return { kind: 'revocation-read', answer: await readRevocationAnswer(job.input, Date.now()) }
  }
  if (job.kind === 'examine-signed') {
    return { kind: 'signed-examined', examination: examineSigned(job.input, new Date()) }
  }
  if (job.kind === 'read-trusted-cas') {
    return { kind: 'trusted-cas-read', read: job.input.texts.map(readTrustedCas) }
  }
  try {
    const { input, allowance } = job
    return { kind: 'examined', examination: examine(input, { allowance, now: new Date() }) }
  } catch (error) {
    if (error instanceof NeedsExpensiveChild) return { kind: 'needs-expensive-child' }
    throw error
  }
}

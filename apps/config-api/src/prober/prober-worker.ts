import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import {
  lookedIntoBytes,
  makeTracedCall,
  type ProbedTarget,
  TargetProbes,
  unprobedTarget,
} from '@mtls-gateway/outbound'
import { readRecord } from '@mtls-gateway/registry'
import { openSecretStore } from '@mtls-gateway/secret-store'
import pMap from 'p-map'
import type { ProberAnswer, ProberJob } from './prober-job.ts'

/** The limit for one probe. */
const urlsAtOnce = 8
const urlDeadlineMs = 20_000

/** The child process, the only place where the private key is read: it makes the calls and returns a report. */
serveJob(run)

async function run(job: ProberJob): Promise<ProberAnswer> {
  try {
    const privateKey = await readKey(job)
    if (job.kind === 'probe') return { kind: 'probed', targets: await probeAll(job, privateKey) }
    const { guard, extraCa, certificates, url, deadlineMs } = job
    const identity = { credentials: { privateKey, certificates }, trust: url.trust }
    const call = { url: url.url, method: 'GET', headers: {}, maxBodyBytes: lookedIntoBytes }
    return { kind: 'traced', report: await makeTracedCall({ guard, extraCa, identity, call, deadlineMs }) }
  } catch (error) {
    if (!isCodedError(error)) throw error
    const { code, message, retryAfterSeconds } = error
    return { kind: 'failed', code, message, retryAfterSeconds }
  }
}

async function readKey({ store: config, accountId, keyId }: ProberJob): Promise<string> {
  const store = openSecretStore(config, { isChecked: true })
  try {
    const record = await readRecord(store, 'keys', accountId, keyId)
    if (record) return record.privateKey
  } finally {
    await store.close()
  }
  throw new CodedError('CLIENT_KEY_MISSING', 'The store has lost the private key. Upload the certificate again.')
}

async function probeAll(
  { guard, extraCa, certificates, urls, method, deadlineMs }: ProberJob & { readonly kind: 'probe' },
  privateKey: string,
): Promise<readonly ProbedTarget[]> {
  const probes = new TargetProbes({ guard, extraCa })
  const endsAt = performance.now() + deadlineMs
  try {
    return await pMap(
      urls,
      ({ url, trust }) => {
        const leftMs = Math.ceil(endsAt - performance.now())
        if (leftMs <= 0) return unprobed(deadlineMs)
        const request = { url, method, deadlineMs: Math.min(leftMs, urlDeadlineMs) }
        return probes.probe({ credentials: { privateKey, certificates }, trust }, request)
      },
      { concurrency: urlsAtOnce },
    )
  } finally {
    await probes.close()
  }
}

function unprobed(deadlineMs: number): ProbedTarget {
  const message = `The ${deadlineMs / 1_000} s of a whole probe were over before this url had its turn.`
  return unprobedTarget({ code: 'TIMEOUT', message })
}

import { isCodedError } from '@mtls-gateway/domain'
import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { type ProbedTarget, TargetProbes, unprobedTarget } from '@mtls-gateway/outbound'
import { openConfiguredVault } from '@mtls-gateway/secret-store/vault'
import pMap from 'p-map'
import { readPrivateKey } from './private-key.ts'
import type { ProberAnswer, ProberJob } from './prober-job.ts'

/** The limit for one probe. */
const urlsAtOnce = 8
const urlDeadlineMs = 20_000

/** The child process, the only one that meets a target with the private key: makes the calls and returns a report. */
serveJob(run)

async function run(job: ProberJob): Promise<ProberAnswer> {
  try {
    return { kind: 'probed', targets: await probeAll(job, await readKey(job)) }
  } catch (error) {
    if (!isCodedError(error)) throw error
    const { code, message, retryAfterSeconds } = error
    return { kind: 'failed', code, message, retryAfterSeconds }
  }
}

async function readKey({ key, accountId }: ProberJob): Promise<string> {
  if (key.kind === 'read') return key.privateKey
  const store = openConfiguredVault(key.vault)
  try {
    return await readPrivateKey(store, accountId, key.keyId)
  } finally {
    await store.close()
  }
}

async function probeAll(
  { guard, extraCa, certificates, urls, method, deadlineMs }: ProberJob,
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

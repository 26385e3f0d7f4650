import { isCodedError } from '@mtls-gateway/domain'
import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { type ProbedTarget, TargetProbes, unprobedTarget } from '@mtls-gateway/outbound'
import { openConfiguredVault } from '@mtls-gateway/secret-store/vault'
import pMap from 'p-map'
import { readPrivateKey } from './private-key.ts'
import type { ProbeJob, ProberAnswer, ProberJob, SignJob } from './prober-job.ts'

/** The limit for one probe. */
const urlsAtOnce = 8
const urlDeadlineMs = 20_000

/**
 * The child process, the only one that meets a target with the private key: makes the calls and returns a report. Or it
 * signs one request by the key of a CA.
 */
serveJob(run)

async function run(job: ProberJob): Promise<ProberAnswer> {
  try {
    const privateKey = await readKey(job)
    return job.kind === 'sign'
      ? await sign(job, privateKey)
      : { kind: 'probed', targets: await probeAll(job, privateKey) }
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
    return await readPrivateKey(store, accountId, key.record)
  } finally {
    await store.close()
  }
}

async function sign({ ca, csr, lifetimeSeconds }: SignJob, privateKey: string): Promise<ProberAnswer> {
  // Loaded on demand: probes do without it.
  const { signRequest } = await import('@mtls-gateway/key-material/sign-request')
  return { kind: 'signed', certificate: await signRequest({ privateKey, certificate: ca }, { csr, lifetimeSeconds }) }
}

async function probeAll(
  { guard, extraCa, proxy, certificates, urls, method, deadlineMs }: ProbeJob,
  privateKey: string,
): Promise<readonly ProbedTarget[]> {
  const probes = new TargetProbes({ guard, extraCa, proxy })
  const endsAt = performance.now() + deadlineMs
  try {
    return await pMap(
      urls,
      ({ url, trust, tls }) => {
        const leftMs = Math.ceil(endsAt - performance.now())
        if (leftMs <= 0) return unprobed(deadlineMs)
        const request = { url, method, deadlineMs: Math.min(leftMs, urlDeadlineMs) }
        return probes.probe({ credentials: { privateKey, certificates }, trust, tls }, request)
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

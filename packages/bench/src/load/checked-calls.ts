import { createHistogram } from 'node:perf_hooks'
import { ApiClient } from '@mtls-gateway/test-kit'
import type { AppKey } from '../gateway/bench-account.ts'
import { CallSigner } from './call-signer.ts'

const usPerMs = 1_000

/** What a target saw of a call, and when the call was made, in seconds since 1970. */
export interface ServedCall {
  readonly path: string
  /** The client certificate's. */
  readonly subject: string
  readonly began: number
  readonly ended: number
}

/** What one caller sends again and again. */
export interface CheckedCall {
  readonly accountId: string
  readonly key: AppKey
  /** The target's. */
  readonly origin: string
  readonly path: string
}

export interface CheckedCalls {
  readonly made: number
  /** How many ended otherwise than with 200, by their status or error. */
  readonly failures: Readonly<Record<string, number>>
  /** Calls that got to another path of the target, or got the answer to another call. */
  readonly astray: number
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Makes calls in turn, so many at once, and tells of each what its target saw. Each call has a number of its own, which
 * comes back with its answer. Nothing is kept of a call that has ended.
 */
export async function makeCheckedCalls(
  forwarderUrl: string,
  calls: readonly CheckedCall[],
  { count, atOnce, onServed }: { count: number; atOnce: number; onServed: (call: ServedCall, number: number) => void },
): Promise<CheckedCalls> {
  const client = new ApiClient({ baseUrl: forwarderUrl })
  const callers = calls.map(({ accountId, key, origin, path }) => {
    const own = `/mtls/account/${accountId}`
    const signer = new CallSigner({ ...key, url: forwarderUrl + own })
    return { own, signer, path, headers: { 'LP-forward-url': origin + path, 'LP-service-name': 'IDP' } }
  })
  const failures: Record<string, number> = {}
  const note = (failure: string) => {
    failures[failure] = (failures[failure] ?? 0) + 1
  }
  const histogram = createHistogram()
  let [begun, astray] = [0, 0]
  const start = performance.now()
  const callOne = async (number: number) => {
    const caller = callers[number % callers.length]
    if (caller === undefined) throw new Error('there is nobody who calls')
    const { own, signer, path, headers } = caller
    const sentAt = performance.now()
    const began = Date.now() / 1_000
    const authorization = signer.sign('GET', Math.floor(began))
    const sent = { ...headers, authorization, 'x-call': String(number) }
    const answer = await client.raw({ method: 'GET', path: own, headers: sent })
    if (answer.status !== 200) return note(String(answer.status))
    const [call, seenPath, subject = ''] = String(answer.headers['x-seen']).split(' ')
    if (call !== String(number) || seenPath !== path) astray++
    histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * usPerMs)))
    onServed({ path, subject, began, ended: Date.now() / 1_000 }, number)
  }
  const worker = async () => {
    while (begun < count) {
      await callOne(begun++).catch((error: NodeJS.ErrnoException) => note(error.code ?? error.message))
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } finally {
    await client.close()
  }
  const ms = (percentile: number) => histogram.percentile(percentile) / usPerMs
  const rps = (begun * 1_000) / (performance.now() - start)
  return { made: begun, failures, astray, rps, p50Ms: ms(50), p99Ms: ms(99) }
}

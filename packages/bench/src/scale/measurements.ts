import { signOAuth1 } from '@mtls-gateway/request-signing'
import { bodyOf } from '../gateway/bench-account.ts'
import { serviceMetrics } from '../gateway/service-metrics.ts'
import type { BenchGateway } from './bench-gateway.ts'
import type { Reads } from './counting-proxy.ts'
import { mappingUrl, type OnboardedAccount } from './onboarding.ts'
import { inParallel, type Pace } from './pace.ts'

const rounds = 5
const callsAtOnce = 16

/** How long the lists of an account take, in milliseconds: the slowest of some. */
export async function measureLists(gateway: BenchGateway, { id }: OnboardedAccount) {
  const slowest = { certificates: 0, mappings: 0 }
  for (let round = 0; round < rounds; round++) {
    for (const list of ['certificates', 'mappings'] as const) {
      const began = performance.now()
      bodyOf(await gateway.configApi.json<unknown[]>('GET', `/mtls/account/${id}/${list}`), 200)
      slowest[list] = Math.max(slowest[list], performance.now() - began)
    }
  }
  return slowest
}

export interface ColdCall {
  readonly ms: number
  /** Undefined where the store can't be watched. */
  readonly reads?: Reads | undefined
}

/** The first call of an account that the forwarder has not heard of. */
export async function measureColdCall(gateway: BenchGateway, account: OnboardedAccount): Promise<ColdCall> {
  const began = performance.now()
  const reads = await (gateway.countDuring ?? uncounted)(() => forward(gateway, account, 0))
  return { ms: performance.now() - began, reads }
}

async function uncounted(work: () => Promise<unknown>): Promise<undefined> {
  await work()
}

export interface HotOptions {
  readonly gateway: BenchGateway
  readonly accounts: readonly OnboardedAccount[]
  readonly pace: Pace
  readonly onProgress: (called: number, total: number) => void
}

/** The forwarder's memory before and after a call with every certificate, each over its own connection, which stays. */
export async function measureHotIdentities({ gateway, accounts, pace, onProgress }: HotOptions) {
  const before = await residentMiB(gateway)
  const calls = accounts.flatMap((account) =>
    Array.from({ length: Math.min(account.certificates, account.mappings) }, (_, n) => ({ account, n })),
  )
  let called = 0
  await inParallel(calls, callsAtOnce, async ({ account, n }) => {
    await pace.turn()
    await forward(gateway, account, n)
    onProgress(++called, calls.length)
  })
  return { identities: called, beforeMiB: before, afterMiB: await residentMiB(gateway) }
}

async function forward({ forwarderApi, forwarder, target }: BenchGateway, account: OnboardedAccount, n: number) {
  const path = `/mtls/account/${account.id}`
  const authorization = signOAuth1({ method: 'GET', url: forwarder.url + path, ...account.key })
  const url = mappingUrl(target.url, account.id, n)
  const headers = { authorization, 'LP-forward-url': url, 'LP-service-name': 'IDP' }
  const answer = await forwarderApi.json<{ clientCertificate?: unknown }>('GET', path, undefined, headers)
  if (!bodyOf(answer, 200).clientCertificate) throw new Error(`the target saw no client certificate at ${url}`)
}

async function residentMiB({ forwarder }: BenchGateway): Promise<number> {
  const value = await serviceMetrics(forwarder.managementUrl)
  return value('process_resident_memory_bytes') / 1_048_576
}

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { openBackends } from '../support/backends.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SignedCall, sendSigned } from '../support/signed-call.ts'
import { openStoreReads, type StoreReads } from '../support/store-reads.ts'
import { System } from '../support/system.ts'
import { lp, newAccountId, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

type Service = 'config-api' | 'forwarder-api'
const services = ['forwarder-api', 'config-api'] as const

let directory: string
let target: TestTarget
/** Apart: what one of them does in the background is no reading of the other. */
let reads: Readonly<Record<Service, StoreReads>>
let system: System
/** Somebody who calls, so that both services know what they need to know. */
let caller: Tenant
let callersKey: AppKey
/** Whom an attacker names; no call of theirs has come to the forwarder. */
let victim: Tenant
let victimsKey: AppKey

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-reads-'))
  target = await startTestTarget()
  const backends = await openBackends(directory)
  reads = {
    'config-api': await openStoreReads(backends, directory, 'config-api'),
    'forwarder-api': await openStoreReads(backends, directory, 'forwarder-api'),
  }
  system = await System.start({
    backends,
    targets: [target],
    // It reads all accounts, at some time in the first minute.
    configApiEnv: { ...reads['config-api'].env, REVOCATION_CHECK_INTERVAL: '0s' },
    forwarderApiEnv: reads['forwarder-api'].env,
  })
  caller = await system.newTenant()
  await caller.onboard(await target.clientCa.issue({ commonName: 'caller' }), `${target.url}/`)
  callersKey = await caller.newAppKey()
})

afterAll(async () => {
  await system?.stop()
  for (const each of Object.values(reads ?? {})) await each.close()
  await target?.close()
  await rm(directory, { recursive: true, force: true })
})

beforeEach(async () => {
  victim = await system.newTenant()
  victimsKey = await victim.newAppKey()
})

/** A call of the caller's, for an account. */
function callTo(service: Service, account = caller.id): SignedCall {
  return service === 'config-api'
    ? {
        client: system.toConfigApi(),
        base: system.configApi.url,
        method: 'GET',
        path: `/mtls/account/${account}/certificates`,
        appKey: callersKey,
      }
    : {
        client: system.toForwarderApi(),
        base: system.forwarderApi.url,
        method: 'GET',
        path: `/mtls/account/${account}`,
        appKey: callersKey,
        headers: lp(`${target.url}/`),
      }
}

/** As config-api does by itself in the first minute, and then only every hour. The forwarder's tests come before. */
async function untilAccountsAreLookedAt(): Promise<void> {
  const metrics = async () => (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
  await eventually(metrics, (text) => /^expiry_check_(timestamp_seconds [1-9]|enabled 0)/m.test(text), 100_000)
}

/** What a service reads of these accounts while the work is done. */
async function readsOf(
  service: Service,
  accounts: readonly string[],
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  await reads[service].take()
  await work()
  return (await reads[service].take()).filter((path) => accounts.includes(path.split('/')[1] ?? ''))
}

/** Tries each of these app keys with some secret. All are refused like a wrong signature. */
async function tryKeys(service: Service, appKeys: readonly string[]): Promise<void> {
  const call = callTo(service)
  const queue = appKeys.values()
  const worker = async () => {
    for (const appKey of queue) {
      const problem = expectProblem(
        await sendSigned(call, { appKey, appSecret: 'x' }),
        401,
        'OAUTH_CREDENTIALS_INVALID',
      )
      expect(problem.detail).toMatch(/^The app key is not known or the signature is not right\./)
    }
  }
  await Promise.all(Array.from({ length: 20 }, worker))
}

/** As one that the gateway has made, but for its MAC. */
function withMac(account: string): string {
  const id = Buffer.concat([Buffer.of(1), randomBytes(32)]).toString('base64url')
  return `${account}.${id}`
}

/** As those that were made before there were MACs. */
function withoutMac(account: string): string {
  return `${account}.${randomBytes(16).toString('base64url')}`
}

describe('forwarder-api alone', () => {
  it('reads each account once for app keys of the form without a MAC, whether there is one or not', async () => {
    const accounts = [victim.id, ...Array.from({ length: 9 }, newAccountId)]
    const appKeys = accounts.flatMap((account) => Array.from({ length: 5 }, () => withoutMac(account)))
    const read = await readsOf('forwarder-api', accounts, () => tryKeys('forwarder-api', appKeys))
    expect([...read].sort()).toEqual(accounts.map((account) => `accounts/${account}`).sort())
  })
})

describe.each(services)('%s', (service) => {
  if (service === 'config-api') beforeAll(untilAccountsAreLookedAt)

  it('reads nothing for 1,000 app keys that somebody invents', async () => {
    expect((await sendSigned(callTo(service))).status).toBe(200)
    const invented = Array.from({ length: 250 }, newAccountId)
    const appKeys = [
      ...Array.from({ length: 500 }, () => withMac(victim.id)),
      ...invented.map(withMac),
      ...Array.from({ length: 125 }, (_, n) => `${victim.id}.AAAA${n}`),
      ...invented.slice(0, 125).map((account) => `${account}.${'A'.repeat(43)}`),
    ]
    expect(appKeys).toHaveLength(1_000)
    expect(await readsOf(service, [victim.id, ...invented, 'app-key-macs'], () => tryKeys(service, appKeys))).toEqual(
      [],
    )
  })

  it('reads no record twice for many requests that are out of time, and in config-api no account', async () => {
    const late = { ...victimsKey, timestamp: Math.floor(Date.now() / 1_000) - 400 }
    const read = await readsOf(service, [victim.id], async () => {
      for (let n = 0; n < 20; n++) {
        expectProblem(await sendSigned(callTo(service), late), 401, 'OAUTH_TIMESTAMP_OUT_OF_WINDOW')
      }
    })
    expect(read).toEqual([...new Set(read)])
    if (service === 'config-api') expect(read.filter((path) => path.startsWith('accounts/'))).toEqual([])
  })

  it('reads nothing of the account of the path for credentials of another one', async () => {
    const read = await readsOf(service, [victim.id], async () =>
      expectProblem(await sendSigned(callTo(service, victim.id)), 403, 'WRONG_ACCOUNT'),
    )
    expect(read).toEqual([])
  })

  it('reads nothing of the account of the path for a token of nobody', async () => {
    const { client, method, path } = callTo(service, victim.id)
    const read = await readsOf(service, [victim.id], async () => {
      const answer = await client.raw({ method, path, headers: { authorization: 'Bearer invented' } })
      expect(answer.status).toBe(401)
    })
    expect(read).toEqual([])
  })
})

describe('config-api alone', () => {
  beforeAll(untilAccountsAreLookedAt)

  it('reads one small record for each app key of the form without a MAC, and never an account', async () => {
    const read = await readsOf('config-api', [victim.id], () =>
      tryKeys(
        'config-api',
        Array.from({ length: 50 }, () => withoutMac(victim.id)),
      ),
    )
    expect(read).toHaveLength(50)
    expect(read.filter((path) => !path.startsWith('app-keys/'))).toEqual([])
  })

  it('reads one small record, once, for an app key whose secret somebody guesses, and never the account', async () => {
    const read = await readsOf('config-api', [victim.id], () =>
      tryKeys(
        'config-api',
        Array.from({ length: 10 }, () => victimsKey.appKey),
      ),
    )
    expect(read).toEqual([`app-keys/${victimsKey.appKey.replace('.', '/')}`])
  })
})

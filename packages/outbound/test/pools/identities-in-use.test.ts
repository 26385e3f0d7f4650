import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type MappingTls, tlsKey } from '@mtls-gateway/domain'
import { type AccountIdentity, createTargetTrust } from '../../src/index.ts'
import { acme, get, globex, listenTcp, statsOf } from '../support/outbound-fixture.ts'
import { SlowCalls } from '../support/slow-calls.ts'

describe('identities of an account whose mappings change', () => {
  let calls: SlowCalls
  beforeEach(async () => {
    calls = await SlowCalls.start()
  })
  afterEach(() => calls.close())

  /** As a mapping trusts it that names this record of CA certificates. */
  const trusting = (record: string, serverName?: string): AccountIdentity => ({
    ...calls.first,
    trust: createTargetTrust(
      { caCertificates: calls.target.ca, ...(serverName !== undefined && { serverName }) },
      record,
    ),
  })
  /** The account calls as these from now on. */
  const retain = (...identities: readonly AccountIdentity[]) =>
    calls.upstreams.retain(acme, {
      has: (versionId, trust, tls) =>
        identities.some(
          (one) =>
            one.credentials?.versionId === versionId &&
            one.trust?.key === trust &&
            (one.tls && tlsKey(one.tls)) === tls,
        ),
    })

  it('leave one context after 300 edits of one mapping with a call between each', async () => {
    for (let edit = 0; edit < 300; edit++) {
      const identity = trusting(`record-${edit}`)
      retain(identity)
      await get(calls.upstreams.acquire(identity, calls.target.url))
    }
    await settled()
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 0, contexts: 1, connections: 1 })
  })

  it('end with their last call where their trust is no longer any mapping’s, and new calls go by the new one', async () => {
    const before = trusting('before')
    const call = await calls.begin(before)
    const [answer] = calls.answers
    if (!answer?.socket) throw new Error('the call has not begun')
    const closed = once(answer.socket, 'close')
    const after = trusting('after')
    retain(after)
    await get(calls.upstreams.acquire(after, calls.target.url))
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 1, contexts: 2, running: 1 })
    answer.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    await closed
    await settled()
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 0, contexts: 1 })
  })

  it('keep their connections as long as one mapping calls as they do', async () => {
    const used = trusting('used')
    const others = [trusting('unused'), { ...used, tls: { minVersion: '1.2' } as const }]
    for (const identity of [used, ...others]) await get(calls.upstreams.acquire(identity, calls.target.url))
    retain(used)
    await settled()
    await get(calls.upstreams.acquire(used, calls.target.url))
    expect(calls.target.seen[3]?.socketId).toBe(calls.target.seen[0]?.socketId)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, contexts: 1 })
  })

  it('have contexts and connections of their own', async () => {
    const settings: readonly MappingTls[] = [
      { minVersion: '1.2' },
      { maxVersion: '1.2' },
      { legacyRenegotiation: true },
      { groups: ['X25519', 'P-256'] },
      { groups: ['P-256', 'X25519'] },
    ]
    const identities = [
      ...[trusting('record'), trusting('record', 'localhost'), trusting('other'), calls.first],
      ...settings.map((tls) => ({ ...calls.first, tls })),
    ]
    for (const identity of identities) await get(calls.upstreams.acquire(identity, calls.target.url))
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 9, contexts: 9, connections: 9 })
    expect(new Set(calls.target.seen.map(({ socketId }) => socketId)).size).toBe(9)
    await calls.upstreams.close()
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 0, contexts: 0 })
  })

  it('of all accounts have one context where they present, trust and offer nothing of their own', () => {
    for (const accountId of [acme, globex]) calls.upstreams.acquire({ accountId }, calls.target.url)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 2, contexts: 0 })
  })

  it('are closed when they were not called for a while, unless a call is under way', async () => {
    await calls.reopen({ idleIdentityMs: 10 })
    const call = await calls.begin(calls.first)
    await get(calls.upstreams.acquire(calls.second, calls.target.url))
    while (statsOf(calls.upstreams).contexts > 1) await new Promise(setImmediate)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 1, draining: 0, running: 1 })
    calls.answers[0]?.end('ended')
    await expect(call.text()).resolves.toBe('begun ended')
    while (statsOf(calls.upstreams).contexts > 0) await new Promise(setImmediate)
    await expect(get(calls.upstreams.acquire(calls.first, calls.target.url))).resolves.toMatchObject({ status: 200 })
  })

  it('may be ended at any moment of an attempt at a connection: a context that is closed would end the process', async () => {
    const connected: (() => void)[] = []
    const silent = await listenTcp(() => connected.shift()?.())
    const origin = `https://127.0.0.1:${silent.port}`
    for (let turns = 0; turns < 20; turns++) {
      const call = get(calls.upstreams.acquire(calls.first, origin))
      const failure = call.catch((error: Error) => error)
      if (turns < 15) for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      // The TLS handshake has begun, and never ends.
      else await new Promise<void>((resolve) => connected.push(resolve))
      await calls.upstreams.revoke(acme, 'v1')
      expect(statsOf(calls.upstreams)).toMatchObject({ identities: 0, draining: 0, contexts: 0 })
      await expect(failure).resolves.toMatchObject({ code: 'CLIENT_CERTIFICATE_DELETED' })
    }
    await silent.close()
  })

  async function settled(): Promise<void> {
    while (statsOf(calls.upstreams).draining > 0) await new Promise(setImmediate)
  }
})

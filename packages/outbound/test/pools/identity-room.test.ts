import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { ConnectionSettings } from '../../src/connect/connection-settings.ts'
import { type AccountIdentity, createTargetTrust, hotIdentityBytes } from '../../src/index.ts'
import { acme, get, globex, statsOf } from '../support/outbound-fixture.ts'
import { SlowCalls } from '../support/slow-calls.ts'

const initech = parseAccountId('initech')
const tooMany = expect.objectContaining({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 })

describe('room for identities', () => {
  let calls: SlowCalls
  beforeEach(async () => {
    calls = await SlowCalls.start()
  })
  afterEach(() => calls.close())

  const open = (maxIdentities: number, settings: Partial<ConnectionSettings> = {}) =>
    calls.reopen({ maxIdentities, ...settings })
  /** One of many identities of an account, by server name. */
  const identity = (accountId: AccountIdentity['accountId'], at: number): AccountIdentity => ({
    ...calls.first,
    accountId,
    trust: createTargetTrust({ caCertificates: calls.target.ca, serverName: 'localhost', spkiPins: [] }, `${at}`),
  })
  const call = (one: AccountIdentity) => get(calls.upstreams.acquire(one, calls.target.url))
  const socketOf = async (one: AccountIdentity) => {
    await call(one)
    return calls.target.seen.at(-1)?.socketId
  }

  it('is kept within the total whatever one account asks for, and other accounts keep their connections', async () => {
    await open(40)
    const quiet = { ...calls.second, accountId: globex }
    const socket = await socketOf(quiet)
    for (let at = 0; at < 200; at++) {
      await call(identity(acme, at))
      expect(statsOf(calls.upstreams).identities).toBeLessThanOrEqual(40)
      if (at % 20 === 0) expect(await socketOf(quiet)).toBe(socket)
    }
    // More than a third, less than all: with its CA each of them counts for more than one.
    expect(statsOf(calls.upstreams).identities).toBeGreaterThan(13)
    expect(await socketOf(quiet)).toBe(socket)
  })

  it('is of an account at most its share', async () => {
    await open(40, { maxIdentitiesPerAccount: 3 })
    for (let at = 0; at < 10; at++) await call({ ...calls.first, credentials: credentials(at) })
    await call({ ...calls.second, accountId: globex })
    expect(statsOf(calls.upstreams).identities).toBe(4)
  })

  it('is made by what is idle and was used longest ago, never by a call that is under way', async () => {
    await open(3)
    const [busy, oldest, newer, one] = [0, 1, 2, 3].map((at) => ({ ...calls.first, credentials: credentials(at) }))
    if (!busy || !oldest || !newer || !one) throw new Error('there are four')
    const underWay = await calls.begin(busy)
    await call(oldest)
    const kept = await socketOf(newer)
    await call(one)
    expect(await socketOf(newer)).toBe(kept)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 3, running: 1 })
    calls.answers[0]?.end('ended')
    await expect(underWay.text()).resolves.toBe('begun ended')
  })

  it('is refused where all identities of the account have calls, which go on, and is there again when one has ended', async () => {
    await open(20, { maxIdentitiesPerAccount: 2 })
    const identities = [0, 1, 2].map((at) => ({ ...calls.first, credentials: credentials(at) }))
    const [first, second, third = calls.first] = identities
    const underWay = [await calls.begin(first ?? third), await calls.begin(second ?? third)]
    expect(() => calls.upstreams.acquire(third, calls.target.url)).toThrow(tooMany)
    await call({ ...calls.second, accountId: globex })
    calls.answers[0]?.end('ended')
    await expect(underWay[0]?.text()).resolves.toBe('begun ended')
    await expect(call(third)).resolves.toMatchObject({ status: 200 })
    calls.answers[1]?.end('ended')
    await expect(underWay[1]?.text()).resolves.toBe('begun ended')
  })

  it('counts identities that drain: an account with calls that hang gains none by editing its mapping', async () => {
    await open(20, { maxIdentitiesPerAccount: 2 })
    for (const at of [0, 1]) {
      await calls.begin({ ...calls.first, credentials: credentials(at) })
      calls.upstreams.retain(acme, new Set())
    }
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 0, draining: 2 })
    expect(() => calls.upstreams.acquire(calls.second, calls.target.url)).toThrow(tooMany)
  })

  it('is kept for accounts that have none, where others have calls with all of theirs', async () => {
    await open(10)
    for (let at = 0; at < 9; at++) await calls.begin({ ...calls.first, credentials: credentials(at) })
    expect(() => calls.upstreams.acquire({ ...calls.first, credentials: credentials(9) }, calls.target.url)).toThrow(
      tooMany,
    )
    await expect(call({ ...calls.second, accountId: globex })).resolves.toMatchObject({ status: 200 })
  })

  it('is taken from the account that has most for one that has less, however long ago that called', async () => {
    await open(10)
    const modest = [globex, initech].map((accountId) => ({ ...calls.second, accountId }))
    const sockets = [await socketOf(modest[0] ?? calls.second), await socketOf(modest[1] ?? calls.second)]
    for (let at = 0; at < 8; at++) await call({ ...calls.first, credentials: credentials(at) })
    for (let at = 0; at < 3; at++) await call({ ...calls.first, accountId: parseAccountId(`new-${at}`) })
    expect([await socketOf(modest[0] ?? calls.second), await socketOf(modest[1] ?? calls.second)]).toEqual(sockets)
  })

  it('is made by an account for itself where all have equal parts, and all of it is taken', async () => {
    await open(40)
    const others = [acme, globex, initech, parseAccountId('umbrella')]
    const callWith = (accountId: AccountIdentity['accountId'], at: number) =>
      call({ ...calls.first, accountId, credentials: credentials(at) })
    for (let at = 0; at < 12; at++) for (const accountId of others) await callWith(accountId, at)
    expect(statsOf(calls.upstreams)).toMatchObject({ identities: 36, evicted: 12 })
  })

  it('is taken by a list of CAs as by several identities', async () => {
    await open(20)
    const large = createTargetTrust({ caCertificates: calls.target.ca.repeat(200) })
    expect(large.ca?.bytes).toBeGreaterThan(10 * hotIdentityBytes)
    await call({ ...calls.first, trust: large })
    for (let at = 0; at < 8; at++) await call({ ...calls.first, credentials: credentials(at) })
    expect(statsOf(calls.upstreams).identities).toBeLessThan(9)
  })

  /** The certificate of the first identity as another version. */
  function credentials(at: number): AccountIdentity['credentials'] {
    const { credentials: first } = calls.first
    return first && { ...first, versionId: `${first.versionId}-${at}` as typeof first.versionId }
  }
})

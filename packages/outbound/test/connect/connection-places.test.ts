import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { createCa, type MtlsTarget, startMtlsTarget, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { ConnectionPlaces } from '../../src/connect/connection-places.ts'
import {
  type AccountIdentity,
  connectionMemoryLimits,
  connectionPlaceLimits,
  createTargetTrust,
  type UpstreamPools,
} from '../../src/index.ts'
import { until } from '../http1/raw-target.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { acme, get, globex, openUpstreamPools, statsOf } from '../support/outbound-fixture.ts'

const longMs = 60_000
const shortMs = 1_000
/** For whoever waits for a place: short only where somebody is to be refused, so that nobody else is. */
const waiting = { total: 10, share: 10, reserve: 0, limitMs: longMs }
let target: TestTarget
let places: Bulkhead
let upstreams: UpstreamPools
/** The answers that are held back. */
let held: (() => void)[]
/** The connections that have carried a call. */
let ports: Set<number | undefined>
/** Identities of one account, each with connections of its own. */
let identities: AccountIdentity[]

beforeEach(async () => {
  held = []
  ports = new Set()
  target = await startTestTarget({
    requireClientCertificate: false,
    handler: ({ url, socket }, response) => {
      ports.add(socket.remotePort)
      if (url === '/held') held.push(() => response.end('late'))
      else response.end('now')
    },
  })
  waiting.limitMs = longMs
  places = new Bulkhead('target-connections', { ...connectionPlaceLimits(4), share: 2, reserve: 1, waiting })
  upstreams = openUpstreamPools({ extraCa: [target.ca], connections: places })
  const lists = await Promise.all(['one', 'two', 'three'].map((name) => createCa({ name })))
  identities = lists.map(({ certificate }) => ({
    accountId: acme,
    trust: createTargetTrust({ caCertificates: target.ca + certificate }),
  }))
})
afterEach(async () => {
  await upstreams.destroy()
  await target.close()
})

const call = (identity: AccountIdentity | undefined, path = '/') => {
  if (identity === undefined) throw new TypeError('there is no such identity')
  return get(upstreams.acquire(identity, target.url), path)
}

describe('connections of an account that has all that it may have', () => {
  it('give way to a new one where they are idle', async () => {
    for (const identity of [...identities, ...identities]) {
      expect(await call(identity)).toMatchObject({ status: 200 })
      expect(places.state().inUse).toBeLessThanOrEqual(2)
    }
  })

  it('give way to several that come at once', async () => {
    await call(identities[0])
    await call(identities[1])
    waiting.limitMs = shortMs
    const busy = call(identities[2], '/held')
    expect(await call({ accountId: acme })).toMatchObject({ status: 200 })
    for (const end of held) end()
    expect(await busy).toMatchObject({ status: 200 })
  })

  it('are not ended for a new one where they are in use, and leave places to others', async () => {
    const busy = identities.slice(0, 2).map((identity) => call(identity, '/held'))
    await until(() => held.length === 2)
    waiting.limitMs = shortMs
    await expect(call(identities[2])).rejects.toMatchObject({ code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 })
    waiting.limitMs = longMs
    expect(await call({ accountId: globex })).toMatchObject({ status: 200 })
    for (const end of held) end()
    expect(await Promise.all(busy)).toMatchObject([{ body: 'late' }, { body: 'late' }])
    expect(await call(identities[2])).toMatchObject({ status: 200 })
  })

  it('give way where they become idle while one waits, but only as many as are waited for', async () => {
    const busy = identities.slice(0, 2).map((identity) => call(identity, '/held'))
    await until(() => held.length === 2)
    const late = call(identities[2])
    await until(() => places.state().waiting === 1)
    for (const end of held) end()
    expect(await Promise.all(busy)).toMatchObject([{ body: 'late' }, { body: 'late' }])
    expect(await late).toMatchObject({ status: 200 })
    await until(() => places.state().waiting === 0)
    expect(statsOf(upstreams)).toMatchObject({ connections: 2, running: 0 })
    expect(places.state()).toMatchObject({ inUse: 2, refused: 0 })
  })

  it('stay where somebody waits for them, and then for nobody that has been served', async () => {
    const [one, two] = identities
    const busy = call(one, '/held')
    await until(() => held.length === 1)
    const other = call(two, '/held')
    await until(() => held.length === 2)
    const queued = call(one)
    expect(places.state().waiting).toBe(1)
    held[0]?.()
    await Promise.all([busy, queued])
    expect(places.state().waiting).toBe(0)
    held[1]?.()
    await other
    await call(one)
    await call(two)
    expect(ports.size).toBe(2)
  })

  it('give their places back when they close, and when they are not made', async () => {
    await call(identities[0])
    await expect(get(upstreams.acquire({ accountId: acme }, 'https://localhost:1'))).rejects.toThrow()
    expect(places.state().inUse).toBe(1)
    await upstreams.destroy()
    await until(() => places.state().inUse === 0)
  })
})

describe('connections of all accounts, where there are no more', () => {
  const [initech, umbrella] = [parseAccountId('initech'), parseAccountId('umbrella')]
  const own = (accountId: typeof acme) => ({ accountId })

  /** Two of each of two accounts: one of each waits for an answer, or both. */
  async function fill(busyOfEach: 1 | 2): Promise<Promise<unknown>[]> {
    places = new Bulkhead('target-connections', { ...connectionPlaceLimits(4), share: 2, reserve: 0, waiting })
    await upstreams.destroy()
    upstreams = openUpstreamPools({ extraCa: [target.ca], connections: places })
    const all = [acme, globex].flatMap((accountId) => [0, 1].map(() => call(own(accountId), '/held')))
    await until(() => held.length === 4)
    if (busyOfEach === 2) return all
    const [first, second] = [held.shift(), held.splice(1, 1)[0]]
    first?.()
    second?.()
    await until(() => statsOf(upstreams).running === 2)
    return all
  }

  it('give way where they are idle, to whoever has fewer', async () => {
    const all = await fill(1)
    const newcomers = await Promise.all([call(own(initech)), call(own(umbrella))])
    expect(newcomers).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(places.state()).toMatchObject({ inUse: 4, refused: 0 })
    for (const end of held) end()
    expect(await Promise.all(all)).toHaveLength(4)
  })

  it('give way where they become idle', async () => {
    const all = await fill(2)
    const late = [call(own(initech)), call(own(umbrella))]
    await until(() => places.state().waiting === 2)
    for (const end of held) end()
    expect(await Promise.all([...all, ...late])).toHaveLength(6)
    expect(places.state()).toMatchObject({ refused: 0 })
  })

  it('are not given up for an account that has no fewer', async () => {
    const all = await fill(1)
    const [first, second] = [call(own(initech), '/held'), call(own(umbrella), '/held')]
    await until(() => held.length === 4)
    // Now each of four accounts has one.
    waiting.limitMs = shortMs
    const late = call(own(initech))
    await expect(late).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
    for (const end of held) end()
    expect(await Promise.all([...all, first, second])).toHaveLength(6)
  })
})

describe('a connection whose target sends much in its handshake', () => {
  let large: MtlsTarget

  beforeEach(async () => {
    const ca = await createCa()
    const names = Array.from({ length: 300 }, (_, n) => `host-${n}.a-rather-long-name-of-a-domain.example`)
    const serverIdentity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost', ...names] })
    const clientCa = ca.certificate
    large = await startMtlsTarget({ serverIdentity, clientCa, requireClientCertificate: false })
  })
  afterEach(() => large.close())

  const bounded = (memory: { total: number; share: number }) => {
    const connectionMemory = new Bulkhead('connection-memory', { ...memory, reserve: 0 })
    places = new Bulkhead('target-connections', connectionPlaceLimits(10))
    upstreams = openUpstreamPools({ extraCa: [target.ca, large.ca], connections: places, connectionMemory })
  }
  const callBoth = async () => {
    for (const url of [target.url, large.url]) {
      expect(await get(upstreams.acquire({ accountId: acme }, url))).toMatchObject({ status: 200 })
    }
  }

  it('is kept where its account may keep as much', async () => {
    bounded({ total: 1_000_000, share: 1_000_000 })
    await callBoth()
    expect(statsOf(upstreams)).toMatchObject({ connections: 2 })
  })

  it.each([
    ['its account keeps', { total: 1_000_000, share: 10_000 }],
    ['all keep', { total: 10_000, share: 10_000 }],
  ])('closes after its call where %s too much, and no usual one does', async (_, most) => {
    bounded(most)
    await callBoth()
    await until(() => places.state().inUse === 1)
    await callBoth()
    await until(() => places.state().inUse === 1)
    // The usual one is the same as before.
    expect(ports.size).toBe(1)
  })
})

it('idle connections are looked for once where many wait in vain, and then given to all of them', async () => {
  const ids = (name: string, count: number) => Array.from({ length: count }, (_, n) => parseAccountId(`${name}-${n}`))
  const clock = new ManualClock()
  let looks = 0
  const inVain = {
    get idleOf() {
      looks += 1
      clock.pass(1)
      return undefined
    },
    giveWay: () => {},
  }
  const closing = new ConnectionPlaces(
    new Bulkhead('target-connections', {
      ...connectionPlaceLimits(40),
      ...{ reserve: 0, share: 10, waiting: { total: 100, share: 10, reserve: 0, limitMs: longMs } },
    }),
    new Bulkhead('connection-memory', connectionMemoryLimits(1_000)),
    [inVain],
  )
  const held = ids('busy', 4).flatMap((accountId) =>
    Array.from({ length: 10 }, () => ({ accountId, place: closing.take(accountId, new EventEmitter()) })),
  )
  const waiting = ids('new', 30).map((accountId) => closing.take(accountId, new EventEmitter()))
  clock.close()
  expect(looks).toBe(1)
  // As if all became idle: no more give way than are waited for.
  const idle = new TLSSocket(new Socket())
  const giving = held.filter(({ accountId }) => closing.giveWay(accountId, idle))
  expect(giving).toHaveLength(30)
  for (const { place } of giving) (await place).release()
  expect(await Promise.all(waiting)).toHaveLength(30)
})

it('idle connections of the account that has most are given to all that came while they were not looked for', async () => {
  const [busy, few] = [parseAccountId('busy'), parseAccountId('few')]
  const held = new Map<string, { release(): void }[]>([
    [busy, []],
    [few, []],
  ])
  const closing: { release(): void }[] = []
  const socket = new TLSSocket(new Socket())
  let isIdle = false
  const open = [few, busy].flatMap((owner) =>
    Array.from({ length: 5 }, () => ({
      get idleOf() {
        return isIdle ? owner : undefined
      },
      giveWay: () => void (all.giveWay(owner, socket) && closing.push(...(held.get(owner)?.splice(0, 1) ?? []))),
    })),
  )
  const all = new ConnectionPlaces(
    new Bulkhead('target-connections', { ...connectionPlaceLimits(40), share: 36, reserve: 4, waiting }),
    new Bulkhead('connection-memory', connectionMemoryLimits(1_000)),
    open,
  )
  for (const [owner, places] of held) {
    const count = owner === few ? 6 : 30
    for (let n = 0; n < count; n++) places.push(await all.take(parseAccountId(owner), new EventEmitter()))
  }
  const single = ['a', 'b', 'c', 'd'].map((name) => all.take(parseAccountId(name), new EventEmitter()))
  const first = all.take(parseAccountId('first'), new EventEmitter())
  ;(await single[0])?.release()
  await first
  isIdle = true
  const others = ['e', 'f', 'g', 'h', 'i'].map((name) => all.take(parseAccountId(name), new EventEmitter()))
  await until(() => closing.length === 5)
  expect(held.get(few)).toHaveLength(6)
  for (const place of closing) place.release()
  expect(await Promise.all(others)).toHaveLength(5)
})

it('idle connections of several accounts give way in one look where none has enough of them', async () => {
  const owners = [4, 3, 2].map((count) => ({ owner: parseAccountId(`has-${count}`), count }))
  const socket = new TLSSocket(new Socket())
  let looks = 0
  let isIdle = false
  /** Whose gave way, at which look. */
  const gaveWay: (readonly [string, number])[] = []
  const first = {
    get idleOf() {
      looks += 1
      return undefined
    },
    giveWay: () => {},
  }
  const idle = owners.map(({ owner }) => ({
    get idleOf() {
      return isIdle ? owner : undefined
    },
    giveWay: () => void (all.giveWay(owner, socket) && gaveWay.push([owner, looks])),
  }))
  const all = new ConnectionPlaces(
    new Bulkhead('target-connections', { ...connectionPlaceLimits(9), share: 9, reserve: 0, waiting }),
    new Bulkhead('connection-memory', connectionMemoryLimits(1_000)),
    [first, ...idle],
  )
  const held = owners.flatMap(({ owner, count }) =>
    Array.from({ length: count }, () => all.take(owner, new EventEmitter())),
  )
  const others = ['a', 'b', 'c'].map((name) => all.take(parseAccountId(name), new EventEmitter()))
  isIdle = true
  await until(() => gaveWay.length === 3)
  expect(gaveWay).toEqual(owners.map(({ owner }) => [owner, gaveWay[0]?.[1]]))
  for (const place of held.slice(0, 3)) (await place).release()
  expect(await Promise.all(others)).toHaveLength(3)
})

it('no more idle connections of an account give way than it waits for, however many others wait in vain', async () => {
  const [full, own] = [parseAccountId('full'), parseAccountId('own')]
  const socket = new TLSSocket(new Socket())
  let looks = 0
  let closing = 0
  const open = Array.from({ length: 4 }, (_, at) => ({
    get idleOf() {
      if (at === 0) looks += 1
      return at < closing ? undefined : own
    },
    giveWay: () => {
      if (all.giveWay(own, socket)) closing += 1
    },
  }))
  const all = new ConnectionPlaces(
    new Bulkhead('target-connections', { ...connectionPlaceLimits(12), share: 8, reserve: 0, waiting }),
    new Bulkhead('connection-memory', connectionMemoryLimits(1_000)),
    open,
  )
  const held = await Promise.all(Array.from({ length: 4 }, () => all.take(own, new EventEmitter())))
  for (let n = 0; n < 8; n++) await all.take(full, new EventEmitter())
  const call = new EventEmitter()
  const inVain = Array.from({ length: 5 }, () => all.take(full, call))
  const next = all.take(own, new EventEmitter())
  await until(() => closing > 0)
  const seen = looks
  await until(() => looks > seen + 2)
  expect(closing).toBe(1)
  held[0]?.release()
  await next
  call.emit('close')
  await Promise.allSettled(inVain)
})

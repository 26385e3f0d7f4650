import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { systemClock } from '@mtls-gateway/registry'
import { accountPath, auditPositionsPath, type SecretPath, type StoredSecret } from '@mtls-gateway/secret-store'
import { WebhookReceiver } from '../../src/audit-stream/http-receivers.ts'
import { change, HurryingClock, type Instance, StreamFixture } from './stream-fixture.ts'
import { secret, takes, WebhookServer } from './webhook-server.ts'

let server: WebhookServer
let fixture: StreamFixture
let secretFile: string

beforeEach(async () => {
  server = await WebhookServer.start()
  fixture = new StreamFixture()
  secretFile = join(fixture.directory, 'secret')
  writeFileSync(secretFile, secret)
})

afterEach(async () => {
  await fixture.stop()
  await server.close()
})

const start = (clock?: HurryingClock) => fixture.start(new WebhookReceiver(server.url, secretFile), clock)

/** Until it is so; only a hang ends it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 3_000) throw new Error('it is never so')
    await delay(20)
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)
const got = (account: AccountId, last: number) => until(() => server.revisionsOf(account).at(-1) === last)

const positionPaths = Array.from({ length: 32 }, (_, part) => auditPositionsPath('webhook', part))

/** Until the store says that this was delivered. */
const kept = (account: AccountId, revision: number) =>
  until(async () => {
    const parts = await Promise.all(positionPaths.map((path) => fixture.store.get(path)))
    const marks = parts.flatMap((stored) => Object.entries((stored?.value.positions ?? {}) as Record<string, string>))
    return marks.some(([name, mark]) => name === account && mark.startsWith(`${revision}.`))
  })

async function failures({ metrics }: Instance): Promise<number> {
  const text = await metrics.registry.metrics()
  return Number(/^audit_stream_failures_total\{receiver="webhook"\} (\d+)$/m.exec(text)?.[1])
}

async function lagSeconds({ metrics }: Instance): Promise<number> {
  const text = await metrics.registry.metrics()
  return Number(/^audit_stream_lag_seconds\{receiver="webhook"\} ([\d.]+)$/m.exec(text)?.[1])
}

describe('the stream of the audit', () => {
  it('delivers each entry once and in order, with what chains it to the one before', async () => {
    const instance = start()
    const [one, other] = [fixture.newAccount(), fixture.newAccount()]
    for (let n = 0; n < 5; n++) for (const account of [one, other]) await change(instance, account)
    await got(one, 5)
    await got(other, 5)
    for (const account of [one, other]) {
      const entries = server.entries.filter((entry) => entry.account === account)
      expect(entries.map(({ revision }) => revision)).toEqual(upTo(5))
      expect(new Set(entries.map(({ id }) => id)).size).toBe(5)
      expect(entries[0]).toMatchObject({ id: `${account}.1.${entries[0]?.hash?.slice(0, 16)}`, actor: 'a' })
      const { changes } = await instance.writer.read(account)
      expect(entries.map(({ hash }) => hash)).toEqual(changes.map(({ hash }) => hash))
    }
    await until(async () => (await lagSeconds(instance)) === 0)
  })

  // Names that every object has something by.
  it.each(['constructor', '__proto__', 'toString'])('delivers the account %s as any other', async (name) => {
    const instance = start()
    const [named, other] = [parseAccountId(name), fixture.newAccount()]
    await change(instance, other)
    await got(other, 1)
    instance.stream.expect(named, 2)
    await change(instance, named, 2)
    await change(instance, other)
    await got(named, 2)
    await got(other, 2)
    await kept(named, 2)
    expect(await failures(instance)).toBe(0)
    await instance.stop()
    const next = start()
    await change(next, named)
    await got(named, 3)
    expect(server.revisionsOf(named)).toEqual(upTo(3))
  })

  it('delivers what was there before it was set, in batches, from segments too', async () => {
    const account = fixture.newAccount()
    const before = start()
    server.answer = (response) => void response.writeHead(503).end()
    await change(before, account, 230)
    await before.stop()
    server.answer = takes
    server.messages.length = 0
    const instance = start()
    await instance.writer.read(account)
    await got(account, 230)
    expect(server.revisionsOf(account)).toEqual(upTo(230))
    expect(server.messages).toHaveLength(3)
  })

  it('goes on after a restart where it was', async () => {
    const account = fixture.newAccount()
    const first = start()
    await change(first, account, 3)
    await got(account, 3)
    await kept(account, 3)
    await first.stop()
    const second = start()
    await change(second, account, 2)
    await got(account, 5)
    expect(server.revisionsOf(account)).toEqual(upTo(5))
  })

  it('reads no account after a restart of which everything was delivered', async () => {
    const accounts = Array.from({ length: 10 }, () => fixture.newAccount())
    const first = start()
    for (const account of accounts) await change(first, account)
    for (const account of accounts) await kept(account, 1)
    await first.stop()
    const second = start()
    const from = mock.method(second.writer, 'changesFrom')
    const put = mock.method(fixture.store, 'put')
    // As the listing of all accounts does, at the start and each hour.
    for (const account of accounts) await second.writer.read(account)
    await until(async () => (await lagSeconds(second)) === 0)
    expect([from.mock.callCount(), put.mock.callCount()]).toEqual([0, 0])
    mock.restoreAll()
  })

  it('reads nothing of an account that has nothing new', async () => {
    const account = fixture.newAccount()
    const instance = start()
    await change(instance, account, 3)
    await got(account, 3)
    await kept(account, 3)
    const reads = mock.method(fixture.store, 'get')
    const from = mock.method(instance.writer, 'changesFrom')
    for (let n = 0; n < 10; n++) await instance.writer.read(account)
    await delay(50)
    expect(reads.mock.callCount()).toBe(10)
    expect(from.mock.callCount()).toBe(0)
    mock.restoreAll()
  })

  it.each([
    { what: 'answers 500', said: /^it answered 500$/, answer: (response) => void response.writeHead(500).end() },
    {
      what: 'redirects',
      said: /^it answered 302$/,
      answer: (response) => void response.writeHead(302, { location: server.url }).end(),
    },
    {
      what: 'is a web page',
      said: /^it answered with a web page$/,
      answer: (response) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>'),
    },
    {
      what: 'closes the connection',
      said: /^it was not reached: /,
      answer: (response) => void response.destroy(),
    },
    {
      what: 'closes in the middle of its answer',
      said: /^it was not reached: /,
      answer: (response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('x', () => response.destroy())
      },
    },
    {
      what: 'answers too much',
      said: /^its answer is too long$/,
      answer: (response) => void response.writeHead(200).end('x'.repeat(100_000)),
    },
  ] as readonly { readonly what: string; readonly said: RegExp; readonly answer: WebhookServer['answer'] }[])(
    'asks a receiver that $what ever more rarely, for an hour, and loses nothing',
    async ({ said, answer }) => {
      const clock = new HurryingClock()
      const instance = start(clock)
      server.answer = answer
      const reads = mock.method(instance.writer, 'changesFrom')
      const accounts = [fixture.newAccount(), fixture.newAccount(), fixture.newAccount()]
      for (const account of accounts) await change(instance, account, 3)
      await until(() => clock.now() > 3_600_000)
      expect(server.entries).toEqual([])
      // A second, two, four, ... and then every five minutes.
      expect(server.requests).toBeLessThan(40)
      expect(server.requests).toBeGreaterThan(10)
      // Whoever is not asked costs no reading. One may be under way.
      expect(reads.mock.callCount() - server.requests).toBeLessThanOrEqual(1)
      expect(server.requests - (await failures(instance))).toBeLessThanOrEqual(1)
      expect(instance.logged[0]).toMatchObject({
        ...{ event: 'audit-stream-failed', receiver: 'webhook', retryInMs: 1_000 },
        err: { message: expect.stringMatching(said) },
      })
      expect(await lagSeconds(instance)).toBeGreaterThan(0)

      for (const account of accounts) await change(instance, account, 2)
      server.answer = takes
      for (const account of accounts) await got(account, 5)
      for (const account of accounts) expect(server.revisionsOf(account)).toEqual(upTo(5))
      await until(async () => (await lagSeconds(instance)) === 0)
    },
  )

  it('holds up no change while the receiver is slow, and no other account', async () => {
    const instance = start()
    const [slow, quick] = [fixture.newAccount(), fixture.newAccount()]
    const held: (() => void)[] = []
    server.answer = (response, request) => {
      if (String(request.headers['webhook-id']).startsWith(`msg_${slow}.`)) held.push(() => takes(response, request))
      else takes(response, request)
    }
    await change(instance, slow)
    await until(() => held.length > 0)
    await change(instance, slow, 4)
    await change(instance, quick, 1)
    expect((await instance.writer.read(slow)).revision).toBe(5)
    expect(server.revisionsOf(slow)).toEqual([])
    server.answer = takes
    for (const answer of held) answer()
    await got(slow, 5)
    await got(quick, 1)
    expect(server.revisionsOf(slow)).toEqual(upTo(5))
  })

  it('goes on with other accounts where the receiver refuses an entry of one', async () => {
    const instance = start()
    const [refused, other] = [fixture.newAccount(), fixture.newAccount()]
    server.answer = (response, request) => {
      const isRefused = String(request.headers['webhook-id']).startsWith(`msg_${refused}.`)
      if (isRefused) response.writeHead(400).end()
      else takes(response, request)
    }
    await change(instance, refused, 2)
    for (let revision = 1; revision <= 5; revision++) {
      await change(instance, other)
      await got(other, revision)
    }
    expect(server.revisionsOf(refused)).toEqual([])
    server.answer = takes
    await got(refused, 2)
    expect(server.revisionsOf(refused)).toEqual([1, 2])
  })

  it('tries the entries of others before those of many accounts that were refused', async () => {
    const instance = start()
    const refused = Array.from({ length: 20 }, () => fixture.newAccount())
    const other = fixture.newAccount()
    server.answer = (response, request) => {
      const isOther = String(request.headers['webhook-id']).startsWith(`msg_${other}.`)
      if (isOther) takes(response, request)
      else response.writeHead(403).end()
    }
    for (const account of refused) await change(instance, account)
    await until(async () => (await failures(instance)) >= 40)
    await change(instance, other)
    const before = server.messages.length
    await got(other, 1)
    const between = server.messages.findIndex((id) => id.startsWith(`msg_${other}.`)) - before
    // After each of them, the receiver has a pause of up to five minutes.
    expect(between).toBeLessThan(5)
    server.answer = takes
    for (const account of refused) await got(account, 1)
  })

  it('delivers again, with the same id, what was delivered when the position could not be kept', async () => {
    const instance = start()
    const account = fixture.newAccount()
    const put = fixture.store.put.bind(fixture.store)
    const puts = mock.method(fixture.store, 'put', (path: SecretPath, ...rest: [StoredSecret['value'], number]) =>
      path.startsWith('audit-positions/') ? Promise.reject(new Error('killed')) : put(path, ...rest),
    )
    await change(instance, account, 2)
    await got(account, 2)
    await instance.stop()
    puts.mock.restore()
    const next = start()
    await change(next, account)
    await got(account, 3)
    const ids = server.entries.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    const firsts = server.entries.filter(({ id }, at) => ids.indexOf(id) === at)
    expect(firsts.map(({ revision }) => revision)).toEqual(upTo(3))
    expect(ids.length).toBeGreaterThan(3)
  })

  it('sends less and less often while positions cannot be kept', async () => {
    const account = fixture.newAccount()
    const put = fixture.store.put.bind(fixture.store)
    const puts = mock.method(fixture.store, 'put', (path: SecretPath, ...rest: [StoredSecret['value'], number]) =>
      path.startsWith('audit-positions/') ? Promise.reject(new Error('the disk is full')) : put(path, ...rest),
    )
    const instance = start()
    // More than are sent together: there are always others to send.
    await change(instance, account, 120)
    const before = instance.clock.now()
    const sent = server.requests
    await until(() => server.requests >= sent + 12)
    expect(instance.clock.now() - before).toBeGreaterThan(500_000)
    puts.mock.restore()
    await got(account, 120)
  })

  it('is delivered by one of several instances, whoever has made the changes', async () => {
    const instances = [start(), start(), start()]
    const accounts = Array.from({ length: 8 }, () => fixture.newAccount())
    const work = instances.map(async (instance) => {
      for (const account of accounts) await change(instance, account, 2)
    })
    await Promise.all(work)
    for (const account of accounts) {
      const { revision } = await (instances[0] as Instance).writer.read(account)
      await got(account, revision)
      expect(server.revisionsOf(account)).toEqual(upTo(revision))
    }
  })

  it('delivers what an instance has not that is gone, once another one sees it', async () => {
    const account = fixture.newAccount()
    server.answer = (response) => void response.destroy()
    const gone = start()
    await change(gone, account, 3)
    await gone.stop()
    server.answer = takes
    const other = start()
    // As a notice of the change feed tells it.
    other.stream.expect(account, 3)
    await got(account, 3)
    // What came when the first one was stopped may have been taken without its knowing.
    expect([...new Set(server.revisionsOf(account))]).toEqual(upTo(3))
  })

  it('goes on after a restore, and tells new entries of a revision from the old ones', async () => {
    const instance = start()
    const account = fixture.newAccount()
    await change(instance, account, 3)
    await got(account, 3)
    await kept(account, 3)
    const backup = new Map<SecretPath, StoredSecret>()
    for (const path of [accountPath(account), ...positionPaths]) {
      const stored = await fixture.store.get(path)
      if (stored) backup.set(path, stored)
    }
    await change(instance, account, 2)
    await kept(account, 5)
    for (const [path, { value }] of backup) {
      await fixture.store.put(path, value, (await fixture.store.get(path))?.version ?? 0)
    }
    instance.stream.restart()
    await change(instance, account, 2)
    await until(() => server.entries.length === 7)
    expect(server.revisionsOf(account)).toEqual([1, 2, 3, 4, 5, 4, 5])
    expect(new Set(server.entries.map(({ id }) => id)).size).toBe(7)
  })

  it('delivers an account again from its first entry where its position is of another past', async () => {
    const instance = start()
    const account = fixture.newAccount()
    await change(instance, account, 2)
    const backup = (await fixture.store.get(accountPath(account))) as StoredSecret
    await change(instance, account, 3)
    await kept(account, 5)
    // The account alone, as by somebody who repairs it.
    const { version } = (await fixture.store.get(accountPath(account))) as StoredSecret
    await fixture.store.put(accountPath(account), backup.value, version)
    await change(instance, account, 4)
    await got(account, 6)
    expect(server.revisionsOf(account)).toEqual([...upTo(5), ...upTo(6)])
    expect(new Set(server.entries.map(({ id }) => id)).size).toBe(9)
  })

  it('works by the clock of the system', async () => {
    const instance = fixture.start(new WebhookReceiver(server.url, secretFile), systemClock)
    const account = fixture.newAccount()
    await change(instance, account, 2)
    await got(account, 2)
  })
})

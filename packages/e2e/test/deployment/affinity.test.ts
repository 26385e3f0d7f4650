import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { freePort, withTools } from '@mtls-gateway/test-kit'
import { type Edge, startEdge, startFixedEdge } from '../support/edge.ts'
import { eventually } from '../support/eventually.ts'

const itWithNginx = withTools(it, 'nginx')
const accounts = Array.from({ length: 200 }, (_, n) => `account-${n}`)

/** What nginx needs of a forwarder: it says whether it is ready, and answers calls with its name. */
class Forwarder {
  readonly name: string
  readonly #host: string
  isReady = true
  calls = 0
  #port: number
  #server: Server | undefined

  constructor(name: string, { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {}) {
    this.name = name
    this.#host = host
    this.#port = port
  }

  /** Where it was before, if it ran already. */
  async start(): Promise<this> {
    // Longer than nginx keeps them, as the services do.
    const server = createServer({ keepAliveTimeout: 66_000 }, ({ url = '' }, response) => {
      if (url === '/health/ready') return void response.writeHead(this.isReady ? 200 : 503).end()
      this.calls++
      if (url.startsWith('/mtls/account/breaks-off')) response.destroy()
      else response.end(this.name)
    }).listen(this.#port, this.#host)
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    return this
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`
  }

  /** Like a process that is killed. */
  async kill(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

let opened: AsyncDisposableStack
let four: readonly Forwarder[]

beforeEach(async () => {
  opened = new AsyncDisposableStack()
  four = await Promise.all(['a', 'b', 'c', 'd'].map((name) => start(new Forwarder(name))))
})
afterEach(() => opened.disposeAsync())

async function start(forwarder: Forwarder): Promise<Forwarder> {
  await forwarder.start()
  opened.defer(() => forwarder.kill())
  return forwarder
}

function urlsOf(forwarders: readonly Forwarder[]): readonly string[] {
  return forwarders.map(({ url }) => url)
}

/** Calls through the edge, over kept connections unless told otherwise. */
class Caller {
  readonly #edge: Pick<Edge, 'ca' | 'forwarderApi'>
  readonly #agent: Agent | false

  constructor(edge: Pick<Edge, 'ca' | 'forwarderApi'>, { keepsConnections = true } = {}) {
    this.#edge = edge
    this.#agent = keepsConnections && new Agent({ keepAlive: true })
    opened.defer(() => {
      if (this.#agent !== false) this.#agent.destroy()
    })
  }

  async call(path: string, options: RequestOptions = {}): Promise<{ readonly status?: number; readonly body: string }> {
    const { ca, forwarderApi } = this.#edge
    const call = request(`${forwarderApi}${path}`, { ca, agent: this.#agent, ...options })
    const [answer] = (await once(call.end(), 'response')) as [IncomingMessage]
    return { ...(answer.statusCode !== undefined && { status: answer.statusCode }), body: await text(answer) }
  }

  /** The name of the forwarder that a call of an account reaches. */
  async reached(account: string): Promise<string> {
    const { status, body } = await this.call(`/mtls/account/${account}`)
    expect([account, status]).toEqual([account, 200])
    return body
  }

  async reachedByAll(): Promise<ReadonlyMap<string, string>> {
    const reached = new Map<string, string>()
    for (const account of accounts) reached.set(account, await this.reached(account))
    return reached
  }
}

function accountsAt(reached: ReadonlyMap<string, string>, name: string): readonly string[] {
  return accounts.filter((account) => reached.get(account) === name)
}

itWithNginx(
  'each account always reaches the same one of four forwarders, and 200 accounts spread over all four',
  async () => {
    const caller = new Caller(await startFixedEdge(opened, urlsOf(four)))
    const reached = await caller.reachedByAll()
    for (const { name } of four) expect(accountsAt(reached, name).length).toBeGreaterThan(10)
    // In another order: taking turns would send them elsewhere.
    for (const account of accounts.toReversed()) expect(await caller.reached(account)).toBe(reached.get(account))
  },
)

itWithNginx('however the path of an account is spelt, it reaches the same forwarder', async () => {
  const caller = new Caller(await startFixedEdge(opened, urlsOf(four)))
  for (const account of accounts.slice(0, 20)) {
    const escaped = account.replace('account', '%61c%63ount')
    for (const path of [
      `/MTLS/Account/${account}`,
      `/mtls/account/${escaped}`,
      `/mtls/account/${account}?query=1`,
      `/mtls/account/${account}/mapping`,
    ]) {
      expect([path, (await caller.call(path)).body]).toEqual([path, await caller.reached(account)])
    }
  }
})

itWithNginx('requests without an account take turns', async () => {
  const caller = new Caller(await startFixedEdge(opened, urlsOf(four)))
  const reached = new Set<string>()
  for (let count = 0; count < 20; count++) reached.add((await caller.call('/mtls/mapping')).body)
  expect(reached).toEqual(new Set(['a', 'b', 'c', 'd']))
})

itWithNginx('an account that is too large for one forwarder has one for each of its services', async () => {
  const setting = '# large-account "$account $http_lp_service_name";'
  const edge = await startFixedEdge(opened, urlsOf(four), [[setting, setting.replace('# large-', 'large-')]])
  const caller = new Caller(edge)
  const reachedBy = async (service: string) =>
    (await caller.call('/mtls/account/large-account', { headers: { 'LP-service-name': service } })).body
  const services = Array.from({ length: 40 }, (_, n) => `service-${n}`)
  const reached = await Promise.all(services.map(reachedBy))
  expect(new Set(reached).size).toBe(4)
  for (const [n, service] of [...services.entries()].toReversed()) expect(await reachedBy(service)).toBe(reached[n])
})

itWithNginx(
  'one that is killed loses its accounts to others until it is back, and no other account moves or fails',
  async () => {
    // It looks again and again, from one address.
    const edge = await startFixedEdge(opened, urlsOf(four), [['rate=1000r/s', 'rate=100000r/s']])
    const caller = new Caller(edge)
    const before = await caller.reachedByAll()
    const [killed] = four
    if (killed === undefined) throw new Error('there is no forwarder')
    await killed.kill()

    const without = await caller.reachedByAll()
    for (const account of accounts) {
      if (before.get(account) === killed.name) expect(without.get(account)).not.toBe(killed.name)
      else expect(without.get(account)).toBe(before.get(account))
    }
    const heirs = new Set(accountsAt(before, killed.name).map((account) => without.get(account)))
    expect(heirs).toEqual(new Set(['b', 'c', 'd']))

    await killed.start()
    await eventually(
      () => caller.reachedByAll(),
      (now) => accounts.every((account) => now.get(account) === before.get(account)),
    )
  },
)

itWithNginx('one that is not ready is left out at once, for its accounts alone', async () => {
  const caller = new Caller(await startFixedEdge(opened, urlsOf(four)))
  const before = await caller.reachedByAll()
  const [draining] = four
  if (draining === undefined) throw new Error('there is no forwarder')
  draining.isReady = false
  const without = await caller.reachedByAll()
  expect(accountsAt(without, draining.name)).toEqual([])
  for (const account of accounts) {
    if (before.get(account) !== draining.name) expect(without.get(account)).toBe(before.get(account))
  }
})

itWithNginx('a call that an instance breaks off is repeated at no other', async () => {
  const caller = new Caller(await startFixedEdge(opened, urlsOf(four)))
  for (let count = 1; count <= 20; count++) {
    expect((await caller.call(`/mtls/account/breaks-off-${count}`)).status).toBe(502)
    expect(four.reduce((sum, { calls }) => sum + calls, 0)).toBe(count)
  }
})

itWithNginx(
  'two forwarders become four and two again under calls: none fails, and only what must move moves',
  async () => {
    const two = four.slice(0, 2)
    const edge = await startFixedEdge(opened, urlsOf(two))
    // Callers with connections of their own: nginx closes idle ones when it reads its configuration again.
    const caller = new Caller(edge, { keepsConnections: false })
    const atTwo = await caller.reachedByAll()
    let stopped = false
    let made = 0
    const load = Promise.all(
      [0, 1].map(async (first) => {
        for (let n = first; !stopped; n += 2) {
          await caller.reached(accounts[n % accounts.length] ?? '')
          made++
          await setTimeout(2)
        }
      }),
    )
    opened.defer(() => {
      stopped = true
    })
    const more = async () => {
      const until = made + 50
      await eventually(
        async () => made,
        (count) => count >= until,
      )
    }

    await more()
    await edge.reload(urlsOf(four))
    const atFour = await caller.reachedByAll()
    for (const { name } of four) expect(accountsAt(atFour, name).length).toBeGreaterThan(0)
    for (const account of accounts) {
      const now = atFour.get(account)
      if (now === 'a' || now === 'b') expect(now).toBe(atTwo.get(account))
    }
    await more()
    await edge.reload(urlsOf(two))
    expect(await caller.reachedByAll()).toEqual(atTwo)
    await more()
    stopped = true
    await load
  },
)

itWithNginx('behind a name, the same holds for its addresses, and a name that is lost keeps them', async () => {
  const port = await freePort()
  const byName = ['127.0.0.11', '127.0.0.12', '127.0.0.13'].map((host) => new Forwarder(host, { host, port }))
  for (const forwarder of byName) await start(forwarder)
  const addresses = ['127.0.0.11', '127.0.0.12']
  const none = { addresses: [], port: 1 }
  const edge = await startEdge(opened, { configApi: none, forwarderApi: { addresses, port } })
  const caller = new Caller(edge, { keepsConnections: false })
  const atTwo = await caller.reachedByAll()
  expect(new Set(atTwo.values())).toEqual(new Set(addresses))

  addresses.push('127.0.0.13')
  const third = (now: ReadonlyMap<string, string>) => accountsAt(now, '127.0.0.13').length > 0
  const atThree = await eventually(() => caller.reachedByAll(), third)
  addresses.length = 0
  // Longer than until the name is looked up again.
  await setTimeout(2_500)
  const lost = await caller.reachedByAll()
  expect(new Set(lost.values())).toEqual(new Set(['127.0.0.11', '127.0.0.12', '127.0.0.13']))
  for (const account of accounts) {
    if (atThree.get(account) === '127.0.0.13') expect(lost.get(account)).toBe('127.0.0.13')
    else expect(lost.get(account) ?? '').toMatch(/^127\.0\.0\.1[123]$/)
  }
})

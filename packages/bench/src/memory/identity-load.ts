import { Agent, request } from 'node:http'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { CallSigner } from '../load/call-signer.ts'

export interface LoadAccount {
  readonly id: string
  readonly appKey: string
  readonly appSecret: string
}

export interface LoadOptions {
  /** Where the forwarder answers. */
  readonly url: string
  readonly targetUrl: string
  readonly accounts: readonly LoadAccount[]
  readonly identities: number
  readonly identitiesAnAccount: number
  readonly busiest: number
  readonly perSecond: number
}

/** In milliseconds. */
export interface Latencies {
  readonly calls: number
  readonly p50: number
  readonly p99: number
}

/** One address may make 150 calls a second, also where the forwarder had to wait for a processor. */
const callsAnAddress = 20
const connectionsAnAddress = 64
const longestGapMs = 250
/** Or they would wait here, and their signatures would be too old. */
const mostOpen = 100
/** Two of three calls are with the busiest identities. */
const nextEvery = 3
/** Every so many calls with the busiest have bodies of 1 MiB, both ways. */
const bodyEvery = 50
const body = Buffer.alloc(1_048_576)

/** Calls at an even pace, whatever becomes of the calls before. */
export class IdentityLoad {
  /** By status, and by code where there is one. */
  readonly failures = new Map<string, number>()
  readonly #options: LoadOptions
  readonly #agents: readonly { readonly agent: Agent; readonly localAddress: string }[]
  readonly #signers: readonly CallSigner[]
  readonly #busy = createHistogram()
  readonly #next = createHistogram()
  #turns = 0
  #calls = 0
  #skipped = 0
  #nextIdentity = 0
  #open = 0

  constructor(options: LoadOptions) {
    this.#options = options
    this.#signers = options.accounts.map(
      (account) => new CallSigner({ ...account, url: `${options.url}/mtls/account/${account.id}` }),
    )
    this.#agents = Array.from({ length: Math.ceil(options.perSecond / callsAnAddress) }, (_, n) => ({
      agent: new Agent({ keepAlive: true, maxSockets: connectionsAnAddress }),
      localAddress: `127.0.1.${n + 1}`,
    }))
  }

  /** Calls that were not made, because there were enough under way. */
  get skipped(): number {
    return this.#skipped
  }

  /** How many identities have been called. */
  get called(): number {
    return Math.min(this.#nextIdentity, this.#options.identities)
  }

  get latencies(): { readonly busiest: Latencies; readonly others: Latencies } {
    return { busiest: latenciesOf(this.#busy), others: latenciesOf(this.#next) }
  }

  async run(signal: AbortSignal): Promise<void> {
    let last = performance.now()
    let due = 0
    while (!signal.aborted) {
      const now = performance.now()
      // What this process had no time for is not made up for at once.
      due += Math.min(longestGapMs, now - last) * (this.#options.perSecond / 1_000)
      last = now
      for (; this.#turns < due; this.#turns++) {
        if (this.#open < mostOpen) void this.#call(this.#calls++)
        else this.#skipped++
      }
      await setTimeout(5)
    }
    for (let waited = 0; this.#open > 0 && waited < 30_000; waited += 100) await setTimeout(100)
    for (const { agent } of this.#agents) agent.destroy()
  }

  async #call(n: number): Promise<void> {
    const isNext = n % nextEvery === 0
    const { identities, busiest } = this.#options
    const hasBody = !isNext && n % bodyEvery === 1
    const turn = isNext ? this.#nextIdentity++ % identities : Math.floor(Math.random() * busiest)
    const identity = this.#identityAt(turn)
    const began = performance.now()
    this.#open++
    try {
      const failure = hasBody ? await this.#send(0, 'both-1m', body) : await this.#send(identity, 'small')
      if (failure === undefined)
        (isNext ? this.#next : this.#busy).record(1 + Math.round((performance.now() - began) * 1_000))
      else this.#fail(failure)
    } catch (error) {
      this.#fail((error as NodeJS.ErrnoException).code ?? String(error))
    }
    this.#open--
  }

  /** Accounts take turns: the handshakes of each are paced. */
  #identityAt(turn: number): number {
    const { accounts, identitiesAnAccount } = this.#options
    return (turn % accounts.length) * identitiesAnAccount + Math.floor(turn / accounts.length)
  }

  #fail(reason: string): void {
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1)
  }

  /** @returns why it failed */
  #send(identity: number, path: string, sent?: Buffer): Promise<string | undefined> {
    const { url, targetUrl, accounts, identitiesAnAccount } = this.#options
    const index = Math.floor(identity / identitiesAnAccount)
    const [account, signer] = [accounts[index], this.#signers[index]]
    const from = this.#agents[this.#calls % this.#agents.length]
    if (account === undefined || signer === undefined || from === undefined) throw new Error(`nobody has ${identity}`)
    const method = sent === undefined ? 'GET' : 'POST'
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
    const call = request(`${url}/mtls/account/${account.id}`, {
      ...from,
      method,
      headers: {
        authorization: signer.sign(method, Math.floor(Date.now() / 1_000)),
        'lp-forward-url': `${targetUrl}/${identity}/${path}`,
        'lp-service-name': 'IDP',
      },
    })
    call.on('error', reject).on('response', (answer) => {
      let text = ''
      answer
        .on('data', (piece: Buffer) => {
          if (answer.statusCode !== 200) text += piece.toString()
        })
        .on('error', reject)
        .on('end', () => resolve(answer.statusCode === 200 ? undefined : reasonOf(answer.statusCode, text)))
    })
    call.end(sent)
    return promise
  }
}

function reasonOf(status: number | undefined, text: string): string {
  const [, code] = /"code":"([A-Z_]+)"/.exec(text) ?? []
  return code === undefined ? String(status) : `${status} ${code}`
}

function latenciesOf(histogram: RecordableHistogram): Latencies {
  const ms = (percentile: number) => histogram.percentile(percentile) / 1_000
  return { calls: histogram.count, p50: ms(50), p99: ms(99) }
}

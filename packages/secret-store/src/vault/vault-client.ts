import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type Vault from 'hashi-vault-js'
import { ActiveNode } from './active-node.ts'
import { defaultDeadlineMs, type VaultServerOptions } from './options.ts'
import { asVaultFailure, VaultFailure } from './vault-failure.ts'

/** What is used of the axios instance that hashi-vault-js makes public. */
interface AxiosInstance {
  (request: AxiosOptions): Promise<AxiosAnswer>
  readonly defaults: Record<string, unknown>
  readonly interceptors: {
    readonly response: { use(answered: (answer: AxiosAnswer) => AxiosAnswer, failed: (error: unknown) => never): void }
  }
}

interface AxiosOptions extends Readonly<Record<string, unknown>> {
  readonly headers?: object
}

export interface AxiosAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly data: unknown
}

export type AxiosRequest = (request: AxiosOptions) => Promise<AxiosAnswer>

interface Library {
  readonly vault: Vault
  readonly axios: AxiosInstance
}

/** Go escapes `<`, `>` and `&` in JSON as six bytes, so 1 MiB of secret may take six of answer. */
const maxAnswerBytes = 8 * 1_048_576

/** Shorter than the idle limits of Vault and of load balancers, so that writes rarely meet a closing connection. */
const idleSocketMs = 30_000

/**
 * hashi-vault-js with what it lacks: an interceptor on its axios instance replaces errors, which carry token and
 * secret, before the library sees (and prints) them; no redirect is followed; connections are kept; answers are limited
 * in size and must be JSON; each call has a deadline over all of it, not between two bytes; whichever node of a cluster
 * it reaches, the active one answers. No proxy of the environment is used.
 */
export class VaultClient {
  readonly deadlineMs: number
  readonly #library: Promise<Library>
  readonly #agents: readonly [HttpAgent, HttpsAgent]
  readonly #activeNode = new ActiveNode()
  readonly #onClock: VaultServerOptions['onClock']

  constructor(options: VaultServerOptions) {
    const { caCertificates, deadlineMs = defaultDeadlineMs } = options
    this.deadlineMs = deadlineMs
    this.#onClock = options.onClock
    const connections = { keepAlive: true, maxSockets: 64, timeout: idleSocketMs }
    this.#agents = [new HttpAgent(connections), new HttpsAgent({ ...connections, ca: caCertificates })]
    this.#library = openLibrary(options, deadlineMs, this.#agents)
  }

  /** Until then the first call waits, before its deadline begins: loading code is not Vault's to answer for. */
  async loaded(): Promise<void> {
    await this.#library
  }

  /**
   * Runs one request of the library, or of its axios instance where the library can't send it.
   *
   * @throws VaultFailure, and nothing else for what happens on the way to Vault, in it and back
   */
  async call<T>(signal: AbortSignal, request: (vault: Vault, axios: AxiosRequest) => PromiseLike<T>): Promise<T> {
    const library = await this.#library
    const axios: AxiosRequest = async (options) => {
      const headers = { ...this.#activeNode.headers, ...options.headers }
      const asked = Date.now()
      const answer = await library.axios({ ...options, headers, signal })
      this.#tellClock(asked, answer.headers.date)
      this.#activeNode.learn(answer.headers['x-vault-index'])
      return answer
    }
    // A view of the library for this call alone: its methods take no options that could carry the signal.
    const vault: Vault = Object.assign(Object.create(Object.getPrototypeOf(library.vault)), library.vault, {
      instance: axios,
    })
    return request(vault, axios)
  }

  /** The date has whole seconds, and was read about halfway. */
  #tellClock(asked: number, date: unknown): void {
    const ahead = Date.parse(String(date)) + 500 - (asked + Date.now()) / 2
    if (Number.isFinite(ahead)) this.#onClock?.(ahead)
  }

  /** Calls that are under way fail. */
  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }
}

/** hashi-vault-js and axios are loaded here: processes on the embedded store do without them. */
async function openLibrary(
  { address, namespace }: VaultServerOptions,
  timeout: number,
  [httpAgent, httpsAgent]: readonly [HttpAgent, HttpsAgent],
): Promise<Library> {
  const { default: Vault } = await import('hashi-vault-js')
  const vault = new Vault({ baseUrl: `${new URL(address).origin}/v1`, namespace, timeout })
  // Typed `Object` by the library; it is what axios.create gave.
  const axios = vault.instance as AxiosInstance
  Object.assign(axios.defaults, { httpAgent, httpsAgent, maxRedirects: 0, maxContentLength: maxAnswerBytes })
  axios.interceptors.response.use(checkAnswer, (error) => {
    throw asVaultFailure(error)
  })
  return { vault, axios }
}

/** A captive portal or a proxy may answer anything with 200. Vault answers JSON, or nothing with 204. */
function checkAnswer(answer: AxiosAnswer): AxiosAnswer {
  const isJson = typeof answer.data === 'object' && answer.data !== null && !Array.isArray(answer.data)
  if (!isJson && answer.status !== 204) throw new VaultFailure('unknown', 'The answer is not one of Vault.')
  return answer
}

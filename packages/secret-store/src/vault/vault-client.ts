import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Vault from 'hashi-vault-js'
import { defaultDeadlineMs, type VaultServerOptions } from './options.ts'
import { asVaultFailure, VaultFailure } from './vault-failure.ts'

/** What is used of the axios instance that hashi-vault-js makes public. */
interface AxiosInstance {
  (request: object): Promise<AxiosAnswer>
  readonly defaults: Record<string, unknown>
  readonly interceptors: {
    readonly response: { use(answered: (answer: AxiosAnswer) => AxiosAnswer, failed: (error: unknown) => never): void }
  }
}

export interface AxiosAnswer {
  readonly status: number
  readonly data: unknown
}

export type AxiosRequest = (request: object) => Promise<AxiosAnswer>

/** Go escapes `<`, `>` and `&` in JSON as six bytes, so 1 MiB of secret may take six of answer. */
const maxAnswerBytes = 8 * 1_048_576

/** Shorter than the idle limits of Vault and of load balancers, so that a write hardly ever meets a connection that ends. */
const idleSocketMs = 30_000

/**
 * hashi-vault-js with what it lacks: an interceptor on its axios instance replaces errors, which carry token and secret,
 * before the library sees (and prints) them; no redirect is followed; connections are kept; answers are limited in size and
 * must be JSON; each call has a deadline over all of it, not between two bytes. No proxy of the environment is used.
 */
export class VaultClient {
  readonly deadlineMs: number
  readonly #vault: Vault
  readonly #axios: AxiosInstance
  readonly #agents: readonly [HttpAgent, HttpsAgent]

  constructor({ address, namespace, caCertificates, deadlineMs = defaultDeadlineMs }: VaultServerOptions) {
    this.deadlineMs = deadlineMs
    this.#vault = new Vault({ baseUrl: `${new URL(address).origin}/v1`, namespace, timeout: deadlineMs })
    // Typed `Object` by the library; it is what axios.create gave.
    this.#axios = this.#vault.instance as AxiosInstance
    const connections = { keepAlive: true, maxSockets: 64, timeout: idleSocketMs }
    this.#agents = [new HttpAgent(connections), new HttpsAgent({ ...connections, ca: caCertificates })]
    const [httpAgent, httpsAgent] = this.#agents
    Object.assign(this.#axios.defaults, { httpAgent, httpsAgent, maxRedirects: 0, maxContentLength: maxAnswerBytes })
    this.#axios.interceptors.response.use(checkAnswer, (error) => {
      throw asVaultFailure(error)
    })
  }

  /**
   * Runs one request of the library, or of its axios instance where the library can't send it.
   *
   * @throws VaultFailure, and nothing else for what happens on the way to Vault, in it and back
   */
  async call<T>(signal: AbortSignal, request: (vault: Vault, axios: AxiosRequest) => PromiseLike<T>): Promise<T> {
    const axios: AxiosRequest = (options) => this.#axios({ ...options, signal })
    // A view of the library for this call alone: its methods take no options that could carry the signal.
    const vault: Vault = Object.assign(Object.create(Vault.prototype), this.#vault, { instance: axios })
    return request(vault, axios)
  }

  /** Calls that are under way fail. */
  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }
}

/** A captive portal or a proxy may answer anything with 200. Vault answers JSON, or nothing with 204. */
function checkAnswer(answer: AxiosAnswer): AxiosAnswer {
  const isJson = typeof answer.data === 'object' && answer.data !== null && !Array.isArray(answer.data)
  if (!isJson && answer.status !== 204) throw new VaultFailure('unknown', 'The answer is not one of Vault.')
  return answer
}

import { randomBytes } from 'node:crypto'
import type { Scope } from '@mtls-gateway/domain/words'
import type { ServiceProcess, TestTarget, TokenIssuer } from '@mtls-gateway/test-kit'
import { Account } from './account.ts'
import { type Env, type SystemParts, startConfigApi, startConsole, startForwarder, startParts } from './system-parts.ts'

export interface SystemOptions {
  /** Settings of config-api and forwarder-api, on top of the usual ones. */
  readonly env?: Env
  readonly consoleEnv?: Env
}

export interface TokenOptions {
  readonly accounts: readonly string[] | '*'
  readonly scopes: readonly Scope[]
  /** How long it is valid. */
  readonly seconds: number
  /** Alice unless given. */
  readonly subject?: string
}

/** The gateway's services and the console as processes, over a data directory of their own, and two targets. */
export class ConsoleSystem {
  readonly #parts: SystemParts
  readonly #running: AsyncDisposableStack

  private constructor(parts: SystemParts, running: AsyncDisposableStack) {
    this.#parts = parts
    this.#running = running
  }

  static async start({ env = {}, consoleEnv = {} }: SystemOptions = {}): Promise<ConsoleSystem> {
    const running = new AsyncDisposableStack()
    try {
      return new ConsoleSystem(await startParts(running, env, consoleEnv), running)
    } catch (error) {
      await running.disposeAsync()
      throw error
    }
  }

  get configApi(): ServiceProcess {
    return this.#parts.configApi
  }

  get forwarderApi(): ServiceProcess {
    return this.#parts.forwarderApi
  }

  get target(): TestTarget {
    return this.#parts.target
  }

  get partner(): TestTarget {
    return this.#parts.partner
  }

  /** Whom the gateway trusts. */
  get issuer(): TokenIssuer {
    return this.#parts.issuer
  }

  get directory(): string {
    return this.#parts.directory
  }

  /** Where people open the console. */
  get url(): string {
    return this.#parts.console.url
  }

  newAccount(): Account {
    return new Account(this, `le${randomBytes(6).toString('hex')}`)
  }

  token({ accounts, scopes, seconds, subject = 'alice' }: TokenOptions): string {
    const exp = Math.floor(Date.now() / 1_000) + seconds
    return this.#parts.issuer.jwt({ sub: subject, accounts, scope: scopes.join(' '), exp })
  }

  /** As `mtls console` does it. */
  async signInLink(token: string, consoleUrl: string): Promise<string> {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${consoleUrl}/console/sign-in-codes`, { method: 'POST', headers })
    if (response.status !== 201) throw new Error(`no link: ${response.status} ${await response.text()}`)
    const { url }: { url: string } = await response.json()
    return url
  }

  /** One more console in front of the same services; ends with the system. */
  async startConsole(env: Env = {}): Promise<ServiceProcess> {
    return startConsole(this.#running, this.#parts, env)
  }

  /** Where the services have a Vault and a Redis: a data directory has room for one. */
  async startForwarder(): Promise<ServiceProcess> {
    return startForwarder(this.#running, this.#parts.env)
  }

  /** @returns what starts it again at the same url */
  async stopConfigApi(): Promise<() => Promise<void>> {
    await this.configApi.stop()
    return async () => void (await startConfigApi(this.#running, this.#parts.env))
  }

  async stop(): Promise<void> {
    await this.#running.disposeAsync()
  }
}

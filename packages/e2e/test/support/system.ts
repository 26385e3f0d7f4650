import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, type ApiClientOptions, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from './entries.ts'
import { issueToken } from './issue-token.ts'
import { newAccountId, Tenant } from './tenant.ts'
import { allScopes } from './wire.ts'

type Env = Readonly<Record<string, string>>

export interface SystemOptions {
  /** Their CAs are trusted; loopback addresses and every port are allowed unless `guarded`. */
  readonly targets?: readonly { readonly ca: string }[]
  /** `true`: the target guard as it is by default. */
  readonly guarded?: boolean
  /** `true`: without a forwarder, for what is not about it. */
  readonly configApiOnly?: boolean
  /** For both services. */
  readonly env?: Env
  readonly configApiEnv?: Env
  readonly forwarderApiEnv?: Env
}

/** Both services as processes over one fresh data directory, each to be stopped and started again by itself. */
export class System {
  readonly dataDir: string
  readonly #options: SystemOptions
  readonly #clients: ApiClient[] = []
  readonly #tokens = new Map<string, Promise<string>>()
  readonly #ended: ServiceProcess[] = []
  #configApi: ServiceProcess | undefined
  #forwarderApi: ServiceProcess | undefined

  private constructor(dataDir: string, options: SystemOptions) {
    this.dataDir = dataDir
    this.#options = options
  }

  static async start(options: SystemOptions = {}): Promise<System> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-'))
    await writeFile(join(dataDir, 'target-cas.pem'), (options.targets ?? []).map(({ ca }) => ca).join('\n'))
    const system = new System(dataDir, options)
    const starts = [system.startConfigApi(), ...(options.configApiOnly ? [] : [system.startForwarderApi()])]
    const failed = (await Promise.allSettled(starts)).find((start) => start.status === 'rejected')
    if (failed === undefined) return system
    await system.stop()
    throw failed.reason
  }

  get configApi(): ServiceProcess {
    if (this.#configApi === undefined) throw new Error('config-api is not running')
    return this.#configApi
  }

  get forwarderApi(): ServiceProcess {
    if (this.#forwarderApi === undefined) throw new Error('forwarder-api is not running')
    return this.#forwarderApi
  }

  /** All that both services have written, also before they were restarted. */
  get output(): string {
    const running = [this.#configApi, this.#forwarderApi].filter((service) => service !== undefined)
    return [...this.#ended, ...running].map((service) => service.output).join('\n')
  }

  async startConfigApi(): Promise<void> {
    this.#configApi = await startService({ entry: configApiEntry, env: this.#env(this.#options.configApiEnv) })
  }

  async startForwarderApi(): Promise<void> {
    this.#forwarderApi = await startService({ entry: forwarderApiEntry, env: this.#env(this.#options.forwarderApiEnv) })
  }

  /** By SIGTERM unless told to kill; the exit code, or `null` after a signal ended it. */
  async stopConfigApi(how: 'stop' | 'kill' = 'stop'): Promise<number | null> {
    const service = this.configApi
    this.#configApi = undefined
    return this.#end(service, how)
  }

  async stopForwarderApi(how: 'stop' | 'kill' = 'stop'): Promise<number | null> {
    const service = this.forwarderApi
    this.#forwarderApi = undefined
    return this.#end(service, how)
  }

  async #end(service: ServiceProcess, how: 'stop' | 'kill'): Promise<number | null> {
    this.#ended.push(service)
    if (how === 'stop') return service.stop()
    await service.kill()
    return null
  }

  /** A client of config-api; it ends with the system. */
  toConfigApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}): ApiClient {
    return this.#client({ baseUrl: this.configApi.url, ...credentials })
  }

  toForwarderApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}): ApiClient {
    return this.#client({ baseUrl: this.forwarderApi.url, ...credentials })
  }

  #client(options: ApiClientOptions): ApiClient {
    const client = new ApiClient(options)
    this.#clients.push(client)
    return client
  }

  /** A token of the embedded issuer; asked for once. */
  token(accounts: readonly string[] = ['*'], scopes: readonly string[] = allScopes): Promise<string> {
    const key = JSON.stringify([accounts, scopes])
    const known = this.#tokens.get(key) ?? issueToken(this.#env(this.#options.configApiEnv), accounts, scopes)
    this.#tokens.set(key, known)
    return known
  }

  /** An account that nobody has used, with a client of config-api that may do everything. */
  async newTenant(id: string = newAccountId()): Promise<Tenant> {
    return new Tenant(this, id, this.toConfigApi({ bearer: await this.token() }))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    if (this.#configApi !== undefined) await this.stopConfigApi()
    if (this.#forwarderApi !== undefined) await this.stopForwarderApi()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  #env(ofService: Env = {}): Env {
    return {
      CONFIG_API_PORT: '0',
      CONFIG_API_MANAGEMENT_PORT: '0',
      FORWARDER_API_PORT: '0',
      FORWARDER_API_MANAGEMENT_PORT: '0',
      DATA_DIR: this.dataDir,
      // Far above what the tests send: the throttle has a test of its own.
      THROTTLE_PER_SECOND: '100000',
      ...(this.#options.guarded !== true && { TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128', TARGET_PORTS: 'any' }),
      ...(this.#options.targets && { TARGET_EXTRA_CA_FILE: join(this.dataDir, 'target-cas.pem') }),
      ...this.#options.env,
      ...ofService,
    }
  }
}

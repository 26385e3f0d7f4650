import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { freePort, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { type Backends, type Env, openBackends, type ServiceName } from './backends.ts'
import { configApiEntry, forwarderApiEntry, proberEntry } from './entries.ts'
import { RunningSystem } from './running-system.ts'
import { proberEnv, type ServiceOptions, serviceEnv, targetCasFile } from './service-env.ts'
import { allScopes } from './wire.ts'

export interface SystemOptions extends ServiceOptions {
  /** Fresh ones of the kind that the run is on, unless given; they end with the system. */
  readonly backends?: Backends
  /** A folder of `test/fixtures` with what a release has stored, which fresh backends begin with. */
  readonly data?: string
  /** `true`: without a forwarder, for what is not about it. */
  readonly configApiOnly?: boolean
  /** For each one more forwarder, with these settings on top of the others. */
  readonly moreForwarders?: readonly Env[]
}

/**
 * Both services, and the prober where the backends need one, as processes over fresh backends. Each can be stopped and
 * started again by itself. What needs neither that nor settings of its own runs on `sharedSystem()`.
 */
export class System extends RunningSystem {
  readonly backends: Backends
  readonly #options: SystemOptions
  readonly #tokens = new Map<string, Promise<string>>()
  readonly #ended: ServiceProcess[] = []
  #configApi: ServiceProcess | undefined
  #forwarderApi: ServiceProcess | undefined
  #prober: ServiceProcess | undefined
  #proberUrl: string | undefined
  #moreForwarders: readonly ServiceProcess[] = []

  private constructor(dataDir: string, backends: Backends, options: SystemOptions) {
    super(dataDir)
    this.backends = backends
    this.#options = options
  }

  static async start(options: SystemOptions = {}): Promise<System> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-'))
    await writeFile(targetCasFile(dataDir), (options.targets ?? []).map(({ ca }) => ca).join('\n'))
    const system = new System(dataDir, options.backends ?? (await openBackends(dataDir, options.data)), options)
    const forwarders = options.configApiOnly ? [] : [system.startForwarderApi(), system.#startMoreForwarders()]
    const starts = await Promise.allSettled([system.#startConfigApiAndProber(), ...forwarders])
    const failed = starts.find((start) => start.status === 'rejected')
    if (failed === undefined) {
      await system.backends.ready()
      return system
    }
    await system.stop()
    throw failed.reason
  }

  /** Where the embedded backends keep their files. */
  get dataDir(): string {
    return this.directory
  }

  override get configApi(): ServiceProcess {
    if (this.#configApi === undefined) throw new Error('config-api is not running')
    return this.#configApi
  }

  override get forwarderApi(): ServiceProcess {
    if (this.#forwarderApi === undefined) throw new Error('forwarder-api is not running')
    return this.#forwarderApi
  }

  /** The others, in the order of `moreForwarders`. */
  get moreForwarders(): readonly ServiceProcess[] {
    return this.#moreForwarders
  }

  get prober(): ServiceProcess {
    if (this.#prober === undefined) throw new Error('the prober is not running')
    return this.#prober
  }

  /** Everything that both services and the prober have written, including before a restart. */
  get output(): string {
    const running = [this.#configApi, this.#forwarderApi, this.#prober].filter((service) => service !== undefined)
    return [...this.#ended, ...running].map((service) => service.output).join('\n')
  }

  /** All settings of a service, for a command that reads them. */
  envOf(service: ServiceName): Env {
    return serviceEnv(service, this.directory, this.backends, this.#options)
  }

  async startConfigApi(): Promise<void> {
    const env = this.envOf('config-api')
    const prober = this.#proberUrl === undefined ? {} : { PROBER_URL: this.#proberUrl }
    this.#configApi = await startService({ entry: configApiEntry, env: { ...prober, ...env } })
  }

  /** Starts it where config-api expects it. */
  async startProber(): Promise<void> {
    const { prober } = this.backends
    if (prober === undefined) throw new Error('on these backends there is no prober')
    const port = this.#proberUrl === undefined ? String(await freePort()) : new URL(this.#proberUrl).port
    const env = proberEnv(this.directory, prober, port, this.#options)
    this.#prober = await startService({ entry: proberEntry, env })
    this.#proberUrl = this.#prober.url
  }

  async #startConfigApiAndProber(): Promise<void> {
    if (this.backends.prober !== undefined) await this.startProber()
    await this.startConfigApi()
  }

  async startForwarderApi(): Promise<void> {
    this.#forwarderApi = await this.#startForwarder()
  }

  async #startMoreForwarders(): Promise<void> {
    const starts = (this.#options.moreForwarders ?? []).map((env) => this.#startForwarder(env))
    this.#moreForwarders = await Promise.all(starts)
  }

  #startForwarder(more: Env = {}): Promise<ServiceProcess> {
    const env = this.envOf('forwarder-api')
    return startService({ entry: forwarderApiEntry, env: { ...env, ...more } })
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

  async stopProber(how: 'stop' | 'kill' = 'stop'): Promise<number | null> {
    const service = this.prober
    this.#prober = undefined
    return this.#end(service, how)
  }

  async #end(service: ServiceProcess, how: 'stop' | 'kill'): Promise<number | null> {
    this.#ended.push(service)
    if (how === 'stop') return service.stop()
    await service.kill()
    return null
  }

  /** Asks for each token once. */
  override token(
    accounts: readonly string[] = ['*'],
    scopes: readonly string[] = allScopes,
    subject?: string,
  ): Promise<string> {
    const key = JSON.stringify([accounts, scopes, subject])
    const known = this.#tokens.get(key) ?? this.backends.token(accounts, scopes, subject)
    this.#tokens.set(key, known)
    return known
  }

  override openStore(): SecretStore {
    return this.backends.openStore()
  }

  override async readOutput(): Promise<string> {
    return this.output
  }

  override async stop(): Promise<void> {
    await super.stop()
    if (this.#configApi !== undefined) await this.stopConfigApi()
    if (this.#forwarderApi !== undefined) await this.stopForwarderApi()
    if (this.#prober !== undefined) await this.stopProber()
    await Promise.all(this.#moreForwarders.map((service) => service.stop()))
    await this.backends.close()
    await rm(this.directory, { recursive: true, force: true })
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configApi } from '@mtls-gateway/contract'
import { type ApiResponse, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { type Backends, type Env, openBackends } from './backends.ts'
import { ContractClient } from './contract-client.ts'
import type { CrashPlan } from './crash-plan.ts'
import { type AccountWrites, type CrashPoint, openCrashPoint } from './crash-point.ts'
import { configApiEntry, proberEntry } from './entries.ts'
import { proberEnv } from './service-env.ts'
import { allScopes } from './wire.ts'

interface Parts {
  readonly directory: string
  readonly backends: Backends
  readonly crashPoint: CrashPoint
  readonly token: string
  /** Present where config-api starts no processes for probes itself; it outlives config-api. */
  readonly prober: ServiceProcess | undefined
}

/** Method, path below the account, body. */
export type Call = readonly [method: string, below: string, body?: unknown]

/** config-api as a process that dies in the middle of requests and is started again. */
export class CrashingConfigApi {
  readonly backends: Backends
  readonly #parts: Parts
  #service: ServiceProcess | undefined
  #client: ContractClient | undefined

  private constructor(parts: Parts) {
    this.backends = parts.backends
    this.#parts = parts
  }

  /** On the backends that the run is on. */
  static async start(): Promise<CrashingConfigApi> {
    const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-crash-'))
    const backends = await openBackends(directory)
    const crashPoint = await openCrashPoint(backends, directory)
    const token = await backends.token(['*'], allScopes)
    const env = backends.prober && proberEnv(directory, backends.prober, '0', {})
    const prober = env && (await startService({ entry: proberEntry, env }))
    const configApi = new CrashingConfigApi({ directory, backends, crashPoint, token, prober })
    await configApi.#start()
    return configApi
  }

  call<T = unknown>(account: string, [method, below, body]: Call): Promise<ApiResponse<T>> {
    if (this.#client === undefined) throw new Error('config-api is not running')
    return this.#client.json<T>(method, `/mtls/account/${account}/${below}`, body)
  }

  /** From now on writes are counted, and end where the plan says. */
  arm(plan: CrashPlan): Promise<void> {
    return this.#parts.crashPoint.arm(plan, async () => this.#service?.kill())
  }

  writesOf(account: string): Promise<AccountWrites> {
    return this.#parts.crashPoint.writesOf(account)
  }

  async disarm(): Promise<void> {
    await this.#parts.crashPoint.disarm()
  }

  /** Kills it with SIGKILL first, if it has not died yet. */
  async restart(): Promise<void> {
    await this.#end()
    await this.#start()
  }

  async stop(): Promise<void> {
    const { crashPoint, backends, directory, prober } = this.#parts
    await this.#end()
    await prober?.stop()
    await crashPoint.close()
    await backends.close()
    await rm(directory, { recursive: true })
  }

  async #start(): Promise<void> {
    const { backends, crashPoint, token, prober } = this.#parts
    const own: Env = { CONFIG_API_PORT: '0', CONFIG_API_MANAGEMENT_PORT: '0', THROTTLE_PER_SECOND: '100000' }
    const env = { ...own, ...backends.env('config-api'), ...crashPoint.env, ...(prober && { PROBER_URL: prober.url }) }
    this.#service = await startService({ entry: configApiEntry, env })
    this.#client = new ContractClient(configApi, { baseUrl: this.#service.url, bearer: token })
  }

  async #end(): Promise<void> {
    await this.#client?.close()
    await this.#service?.kill()
  }
}

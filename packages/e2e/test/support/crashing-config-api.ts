import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, type ApiResponse, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { type Backends, type Env, openBackends } from './backends.ts'
import { type CrashAt, type CrashPoint, openCrashPoint } from './crash-point.ts'
import { configApiEntry } from './entries.ts'
import { allScopes } from './wire.ts'

interface Parts {
  readonly directory: string
  readonly backends: Backends
  readonly crashPoint: CrashPoint
  readonly token: string
}

/** config-api as a process that dies at a write of our choice, and is started again. */
export class CrashingConfigApi {
  readonly backends: Backends
  readonly #parts: Parts
  #service: ServiceProcess | undefined
  #client: ApiClient | undefined

  private constructor(parts: Parts) {
    this.backends = parts.backends
    this.#parts = parts
  }

  /** On the backends that the run is on. */
  static async start(): Promise<CrashingConfigApi> {
    const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-crash-'))
    const backends = await openBackends(directory)
    const crashPoint = await openCrashPoint(backends, directory)
    const configApi = new CrashingConfigApi({
      directory,
      backends,
      crashPoint,
      token: await backends.token(['*'], allScopes),
    })
    await configApi.#start()
    return configApi
  }

  call<T = unknown>(method: string, path: string, body?: unknown): Promise<ApiResponse<T>> {
    if (this.#client === undefined) throw new Error('config-api is not running')
    return this.#client.json<T>(method, path, body)
  }

  /** True if the call was cut off because the process died; it has been started again then. */
  async diesDuring(at: CrashAt, call: () => Promise<unknown>): Promise<boolean> {
    const { crashPoint } = this.#parts
    await crashPoint.arm(at, async () => this.#service?.kill())
    const [outcome] = await Promise.allSettled([call()])
    await crashPoint.disarm()
    if (outcome.status === 'fulfilled') return false
    await this.#end()
    await this.#start()
    return true
  }

  async stop(): Promise<void> {
    const { crashPoint, backends, directory } = this.#parts
    await this.#end()
    await crashPoint.close()
    await backends.close()
    await rm(directory, { recursive: true })
  }

  async #start(): Promise<void> {
    const { backends, crashPoint, token } = this.#parts
    const ports: Env = { CONFIG_API_PORT: '0', CONFIG_API_MANAGEMENT_PORT: '0' }
    const env = { ...ports, ...backends.env('config-api'), ...crashPoint.env }
    this.#service = await startService({ entry: configApiEntry, env })
    this.#client = new ApiClient({ baseUrl: this.#service.url, bearer: token })
  }

  async #end(): Promise<void> {
    await this.#client?.close()
    await this.#service?.kill()
  }
}

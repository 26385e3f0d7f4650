import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, type ApiResponse, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import type { CrashPlan } from '../fixtures/crash-at-write.ts'
import { configApiEntry } from './entries.ts'
import { issueToken } from './issue-token.ts'
import { allScopes } from './wire.ts'

const hook = new URL('../fixtures/crash-at-write.ts', import.meta.url).href

/** config-api as a process that dies at a write of our choice, and is started again. */
export class CrashingConfigApi {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  readonly #token: string
  readonly #planFile: string
  #service: ServiceProcess | undefined
  #client: ApiClient | undefined

  private constructor(dataDir: string, env: Readonly<Record<string, string>>, token: string) {
    this.dataDir = dataDir
    this.env = env
    this.#token = token
    this.#planFile = join(dataDir, 'crash-plan.json')
  }

  static async start(): Promise<CrashingConfigApi> {
    const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-crash-'))
    const env = { DATA_DIR: dataDir, CONFIG_API_PORT: '0', CONFIG_API_MANAGEMENT_PORT: '0' }
    const configApi = new CrashingConfigApi(dataDir, env, await issueToken(env, ['*'], allScopes))
    await configApi.#start()
    return configApi
  }

  call<T = unknown>(method: string, path: string, body?: unknown): Promise<ApiResponse<T>> {
    if (this.#client === undefined) throw new Error('config-api is not running')
    return this.#client.json<T>(method, path, body)
  }

  /** True if the call was cut off because the process died; it has been started again then. */
  async diesDuring(plan: Omit<CrashPlan, 'id'>, call: () => Promise<unknown>): Promise<boolean> {
    await writeFile(this.#planFile, JSON.stringify({ id: randomUUID(), ...plan }))
    const [outcome] = await Promise.allSettled([call()])
    await rm(this.#planFile)
    if (outcome.status === 'fulfilled') return false
    await this.#end()
    await this.#start()
    return true
  }

  async stop(): Promise<void> {
    await this.#end()
    await rm(this.dataDir, { recursive: true })
  }

  async #start(): Promise<void> {
    const env = { ...this.env, NODE_OPTIONS: `--import=${hook}`, CRASH_PLAN: this.#planFile }
    this.#service = await startService({ entry: configApiEntry, env })
    this.#client = new ApiClient({ baseUrl: this.#service.url, bearer: this.#token })
  }

  async #end(): Promise<void> {
    await this.#client?.close()
    await this.#service?.kill()
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { ApiClient, type ApiClientOptions } from '@mtls-gateway/test-kit'
import type { Backends } from '../../test/support/backends.ts'
import { RunningSystem, type ServiceUrls } from '../../test/support/running-system.ts'
import { allScopes } from '../../test/support/wire.ts'
import type { Fleet } from './fleet.ts'

export interface Fleets<F = Fleet> {
  readonly configApi: F
  readonly forwarderApi: F
}

/** As much of a fleet as a system needs. */
export type AnyFleet = Pick<Fleet, 'ready' | 'output'>

/**
 * Fleets of both services as a system: what is asked of it goes to the first instance in rotation. Its clients don't
 * hold answers against the contract, which is that of one release.
 */
export class RolledSystem extends RunningSystem implements AsyncDisposable {
  readonly #backends: Backends
  readonly #fleets: Fleets<AnyFleet>
  readonly #own: ApiClient[] = []

  private constructor(directory: string, backends: Backends, fleets: Fleets<AnyFleet>) {
    super(directory)
    this.#backends = backends
    this.#fleets = fleets
  }

  static async open(backends: Backends, fleets: Fleets<AnyFleet>): Promise<RolledSystem> {
    return new RolledSystem(await mkdtemp(join(tmpdir(), 'mtls-gateway-rolled-')), backends, fleets)
  }

  override get configApi(): ServiceUrls {
    return firstOf(this.#fleets.configApi)
  }

  override get forwarderApi(): ServiceUrls {
    return firstOf(this.#fleets.forwarderApi)
  }

  override toConfigApi(
    credentials: Omit<ApiClientOptions, 'baseUrl'> = {},
    { url }: Pick<ServiceUrls, 'url'> = this.configApi,
  ): ApiClient {
    return this.#client({ baseUrl: url, ...credentials })
  }

  override toForwarderApi(
    credentials: Omit<ApiClientOptions, 'baseUrl'> = {},
    { url }: Pick<ServiceUrls, 'url'> = this.forwarderApi,
  ): ApiClient {
    return this.#client({ baseUrl: url, ...credentials })
  }

  override token(accounts: readonly string[] = ['*'], scopes: readonly string[] = allScopes): Promise<string> {
    return this.#backends.token(accounts, scopes)
  }

  override openStore(): SecretStore {
    return this.#backends.openStore()
  }

  override async readOutput(): Promise<string> {
    return this.#fleets.configApi.output + this.#fleets.forwarderApi.output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await super.stop()
    await Promise.all(this.#own.map((client) => client.close()))
    await rm(this.directory, { recursive: true })
  }

  #client(options: ApiClientOptions): ApiClient {
    const client = new ApiClient(options)
    this.#own.push(client)
    return client
  }
}

function firstOf({ ready: [first] }: AnyFleet): ServiceUrls {
  if (first === undefined) throw new Error('no instance is ready')
  return first
}

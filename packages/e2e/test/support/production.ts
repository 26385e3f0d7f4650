import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from '@jest/globals'
import {
  ApiClient,
  canStartRedisServer,
  canStartVaultServer,
  type RedisServer,
  type ServiceProcess,
  startRedisServer,
  startService,
  startVaultServer,
  type VaultServer,
} from '@mtls-gateway/test-kit'
import { configApiEntry, forwarderApiEntry } from './entries.ts'
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts'
import { type AppKey, allScopes } from './wire.ts'

const required = process.env.CI !== undefined
const canRun = [canStartVaultServer({ required }), canStartRedisServer({ required })].every(Boolean)

/** Where there is no Vault or Redis the tests are skipped, loudly; in CI that is a failure. */
export const describeProduction: typeof describe.skip = canRun ? describe : describe.skip

const mount = 'mtls-gateway'

/** config-api and two forwarders that share a real Vault and a real Redis, and nothing else. */
export class Production {
  readonly vault: VaultServer
  readonly redis: RedisServer
  readonly #issuer: TokenIssuer
  readonly #directory: string
  readonly #env: Readonly<Record<string, string>>
  readonly #clients: ApiClient[] = []
  configApi!: ServiceProcess
  forwarders: ServiceProcess[] = []

  private constructor(
    parts: { vault: VaultServer; redis: RedisServer; issuer: TokenIssuer },
    directory: string,
    env: Readonly<Record<string, string>>,
  ) {
    this.vault = parts.vault
    this.redis = parts.redis
    this.#issuer = parts.issuer
    this.#directory = directory
    this.#env = env
  }

  static async start(targetCa: string, env: Readonly<Record<string, string>> = {}): Promise<Production> {
    const [vault, redis, issuer] = await Promise.all([startVaultServer(), startRedisServer(), startTokenIssuer()])
    await vault.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-production-'))
    await writeFile(join(directory, 'target-ca.pem'), targetCa)
    const production = new Production({ vault, redis, issuer }, directory, {
      SECRET_STORE: 'vault',
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: vault.rootToken,
      VAULT_MOUNT: mount,
      REDIS_URL: redis.url,
      TOKEN_ISSUER: issuer.issuer,
      TOKEN_AUDIENCE: issuer.audience,
      TOKEN_JWKS_URL: issuer.jwksUrl,
      DATA_DIR: join(directory, 'unused'),
      TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      TARGET_PORTS: 'any',
      TARGET_EXTRA_CA_FILE: join(directory, 'target-ca.pem'),
      THROTTLE_PER_SECOND: '100000',
      CONFIG_API_PORT: '0',
      CONFIG_API_MANAGEMENT_PORT: '0',
      FORWARDER_API_PORT: '0',
      FORWARDER_API_MANAGEMENT_PORT: '0',
      ...env,
    })
    production.configApi = await startService({ entry: configApiEntry, env: production.#env })
    production.forwarders = await Promise.all([1, 2].map(() => production.startForwarder()))
    return production
  }

  startForwarder(): Promise<ServiceProcess> {
    return startService({ entry: forwarderApiEntry, env: this.#env })
  }

  /** Of config-api, for everything in this account. */
  toConfigApi(account: string): ApiClient {
    const bearer = this.#issuer.jwt({ accounts: [account], scope: allScopes.join(' ') })
    return this.#client({ baseUrl: this.configApi.url, bearer })
  }

  toForwarder(index: number, oauth1?: AppKey): ApiClient {
    const { url } = this.forwarders[index] as ServiceProcess
    return this.#client(oauth1 ? { baseUrl: url, oauth1 } : { baseUrl: url })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await Promise.all([this.configApi, ...this.forwarders].map((service) => service?.stop()))
    await Promise.all([this.vault.stop(), this.redis.stop(), this.#issuer.close()])
    await rm(this.#directory, { recursive: true, force: true })
  }

  #client(options: ConstructorParameters<typeof ApiClient>[0]): ApiClient {
    const client = new ApiClient(options)
    this.#clients.push(client)
    return client
  }
}

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecretStore } from '@mtls-gateway/secret-store'
import {
  type RedisServer,
  startRedisServer,
  startTokenIssuer,
  type TokenIssuer,
  type VaultAccess,
} from '@mtls-gateway/test-kit'
import type { Backends, Env, ServiceName } from './backends.ts'
import { VaultMount } from './vault-mount.ts'

/** Their names in infra/vault. */
const roles = { 'config-api': 'config-api', 'forwarder-api': 'forwarder' } as const

/**
 * For what is not about outages: on a busy machine, a server may get no processor for longer than the services wait for
 * it by default, or no disk.
 */
export const patient = { VAULT_TIMEOUT: '8s', CHANGE_TIMEOUT: '1m', REDIS_TIMEOUT: '5s' } satisfies Env

/** The default deadlines, for what is about outages. */
export const usual = { VAULT_TIMEOUT: '2s', CHANGE_TIMEOUT: '10s', REDIS_TIMEOUT: '500ms' } satisfies Env

interface Parts {
  readonly mount: VaultMount
  readonly redis: RedisServer
  readonly issuer: TokenIssuer
  readonly directory: string
  readonly deadlines: Env
}

/** A mount of their own in a Vault, with the policies of infra/vault; a Redis and a token issuer of their own. */
export class ProductionBackends implements Backends {
  readonly mount: VaultMount
  readonly redis: RedisServer
  readonly #issuer: TokenIssuer
  readonly #directory: string
  readonly #deadlines: Env

  private constructor(parts: Parts) {
    this.mount = parts.mount
    this.redis = parts.redis
    this.#issuer = parts.issuer
    this.#directory = parts.directory
    this.#deadlines = parts.deadlines
  }

  static async open(vault: VaultAccess, deadlines: Env = {}): Promise<ProductionBackends> {
    const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-secret-ids-'))
    const mount = await VaultMount.open(vault, directory)
    await writeFile(proberSecretFile(directory), randomBytes(32).toString('base64'))
    const [redis, issuer] = [await startRedisServer(), await startTokenIssuer()]
    return new ProductionBackends({ mount, redis, issuer, directory, deadlines })
  }

  env(service: ServiceName): Env {
    const { VAULT_ROLE_ID = '', VAULT_SECRET_ID_FILE = '' } = this.mount.env('gc')
    return {
      ...this.mount.env(roles[service]),
      ...(service === 'config-api' && {
        VAULT_GC_ROLE_ID: VAULT_ROLE_ID,
        VAULT_GC_SECRET_ID_FILE: VAULT_SECRET_ID_FILE,
      }),
      ...(service === 'config-api' && { PROBER_SECRET_FILE: this.#proberSecretFile }),
      REDIS_URL: this.redis.url,
      ...this.#deadlines,
      ...this.#issuer.env,
    }
  }

  get prober(): Env {
    return { ...this.mount.env('prober'), PROBER_SECRET_FILE: this.#proberSecretFile, ...this.#deadlines }
  }

  get unheard(): Env {
    return { REDIS_URL: `${this.redis.url}/1` }
  }

  async token(accounts: readonly string[], scopes: readonly string[], sub?: string): Promise<string> {
    const named = sub !== undefined && { sub }
    return this.#issuer.jwt({ accounts: accounts.includes('*') ? '*' : accounts, scope: scopes.join(' '), ...named })
  }

  get #proberSecretFile(): string {
    return proberSecretFile(this.#directory)
  }

  openStore(): SecretStore {
    return this.mount.openStore()
  }

  /** A new Redis refuses what was signed before its services began to claim nonces; one that has run long doesn't. */
  async ready(): Promise<void> {
    for (const database of ['0', '1']) await this.redis.command('-n', database, 'SET', 'mtls:nonce:{0}:epoch', '1000')
  }

  async close(): Promise<void> {
    await Promise.all([this.redis.stop(), this.#issuer.close()])
    await rm(this.#directory, { recursive: true })
  }
}

function proberSecretFile(directory: string): string {
  return join(directory, 'prober-secret')
}

import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { IsolatedJobs, type Ranks } from '@mtls-gateway/isolated-jobs'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { type EgressProxy, hostsFile, type ProbedTarget, type TargetGuardOptions } from '@mtls-gateway/outbound'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { readPrivateKey } from './private-key.ts'
import { probeGraceMs, probeStartMs, signDeadlineMs } from './probe-limits.ts'
import type { Prober } from './prober.ts'
import type {
  KeyName,
  ProbeRequest,
  ProberAnswer,
  ProberJob,
  ProberKey,
  ProberVaultConfig,
  SignRequest,
} from './prober-job.ts'

/**
 * Where keys come from. On Vault, each child logs in by itself, and this process reads no key. On the embedded store,
 * this process has every key anyway: it hands a child the one that it needs, and neither the files nor the master key.
 * There, what the CAs of accounts sign needs no process of its own either, which takes 0.3 s to start.
 */
export type ProberKeys = ProberVaultConfig | EmbeddedKeys

export interface EmbeddedKeys {
  readonly kind: 'embedded'
  readonly store: SecretReader
  readonly keyMaterial: Pick<KeyMaterialPool, 'signRequest'>
}

export interface LocalProberOptions {
  readonly keys: ProberKeys
  readonly guard: TargetGuardOptions
  /** PEM: CAs trusted in addition to those that Node ships. */
  readonly extraCa: readonly string[]
  /** The proxies through which probes of accounts go. */
  readonly egress?: ((accountId: AccountId) => EgressProxy | undefined) | undefined
  /** How many probes may run. Each needs one process of about 100 MB. */
  readonly places: Bulkhead
  /** Shared by the whole service: which of an account's processes goes first. */
  readonly ranks: Ranks
}

// Tests run the sources, the build runs .js. Bundles of apps have the script in the same folder, too.
const worker = fileURLToPath(new URL(`./prober-worker${extname(import.meta.url)}`, import.meta.url))

/**
 * Probes in child processes, which have one key each. A child lives no longer than its probe, so keys of two tenants
 * never meet in one that talks to targets. Children start no processes.
 */
export class LocalProber implements Prober {
  readonly #options: LocalProberOptions
  readonly #jobs = new IsolatedJobs<ProberJob, ProberAnswer>(worker)

  constructor(options: LocalProberOptions) {
    this.#options = options
  }

  async run(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<readonly ProbedTarget[]> {
    return this.#options.places.run(accountId, async () => this.#probe(accountId, await prepare()))
  }

  async sign(accountId: AccountId, request: SignRequest): Promise<string> {
    const { keys, places } = this.#options
    if (keys.kind === 'vault') return places.run(accountId, () => this.#sign(accountId, request))
    const { keyId, ca, ...order } = request
    const privateKey = await readPrivateKey(keys.store, accountId, { kind: 'issuer-keys', keyId })
    return keys.keyMaterial.signRequest(accountId, { privateKey, certificate: ca }, order)
  }

  async close(): Promise<void> {
    this.#options.places.close()
    await this.#jobs.close()
  }

  async #probe(accountId: AccountId, request: ProbeRequest): Promise<readonly ProbedTarget[]> {
    const { keyId, ...probe } = request
    const { guard, extraCa, egress } = this.#options
    const key = await this.#keyFor(accountId, { kind: 'keys', keyId })
    const proxy = egress?.(accountId)
    const job = { kind: 'probe' as const, ...probe, accountId, key, guard, extraCa, proxy }
    const answer = await this.#answer(job, probe.deadlineMs)
    if (answer.kind !== 'probed') throw broken()
    return answer.targets
  }

  async #sign(accountId: AccountId, { keyId, ...order }: SignRequest): Promise<string> {
    const key = await this.#keyFor(accountId, { kind: 'issuer-keys', keyId })
    const answer = await this.#answer({ kind: 'sign', ...order, accountId, key }, signDeadlineMs)
    if (answer.kind !== 'signed') throw broken()
    return answer.certificate
  }

  async #keyFor(accountId: AccountId, record: KeyName): Promise<ProberKey> {
    const { keys } = this.#options
    if (keys.kind === 'vault') return { kind: 'in-vault', vault: keys, record }
    return { kind: 'read', privateKey: await readPrivateKey(keys.store, accountId, record) }
  }

  async #answer(job: ProberJob, deadlineMs: number): Promise<Exclude<ProberAnswer, { kind: 'failed' }>> {
    const limits = {
      startLimitMs: probeStartMs,
      limitMs: deadlineMs + probeGraceMs,
      permissions: permissionsFor(job.key),
    }
    const { ranks } = this.#options
    const { answer } = await ranks.run(job.accountId, (rank) => this.#jobs.run(job, { ...limits, rank }))
    if (answer === undefined) throw broken()
    if (answer.kind === 'failed') throw failureOf(answer)
    return answer
  }
}

/** A child reads the credential that it logs in with, if it does. */
function permissionsFor(key: ProberKey): readonly string[] {
  const names = `--allow-fs-read=${hostsFile}`
  if (key.kind === 'read') return [names]
  const { login } = key.vault
  return [names, `--allow-fs-read=${resolve(login.kind === 'app-role' ? login.secretIdFile : login.jwtFile)}`]
}

function failureOf({ code, message, retryAfterSeconds }: ProberAnswer & { readonly kind: 'failed' }): CodedError {
  return new CodedError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}

function broken(): CodedError {
  return new CodedError('INTERNAL_ERROR', 'The process that makes the calls failed. Send the request again.')
}

import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { IsolatedJobs } from '@mtls-gateway/isolated-jobs'
import { hostsFile, type TargetGuardOptions, type TargetTrial } from '@mtls-gateway/outbound'
import type { ProbeRequest, ProberAnswer, ProberJob } from './prober-job.ts'
import type { StoreAccess } from './store-access.ts'

export interface ProberOptions {
  /** Undefined: no probe can be made here. */
  readonly store: StoreAccess | undefined
  readonly guard: TargetGuardOptions
  /** PEM: what is trusted beside the CAs that Node brings along. */
  readonly extraCa: readonly string[]
  /** How many processes there may be: each takes about 100 MB, and as much again for what it looks into. */
  readonly places: Bulkhead
}

// Sources run as they are in tests, the build as .js. Bundles of apps have it beside them, too.
const worker = fileURLToPath(new URL(`./prober-worker${extname(import.meta.url)}`, import.meta.url))
/** A worker this overdue will not exit on its own: it starts, logs in and reads the key in this time, too. */
const graceMs = 15_000

/**
 * Tries stored certificates out: by a process that alone may read their keys, and that hands back a report alone. It lives no
 * longer than the probe, so that no key meets another tenant's.
 */
export class Prober {
  readonly #options: ProberOptions
  readonly #jobs = new IsolatedJobs<ProberJob, ProberAnswer>(worker)

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /**
   * One for each url, in their order. What is to be written about the probe is written by `prepare`, which is not called before the
   * probe has its place.
   * @throws CodedError `PROBER_NOT_CONFIGURED`, `TOO_MANY_CALLS`, `CLIENT_KEY_MISSING`, `STORE_UNAVAILABLE`, `SHUTTING_DOWN`;
   *   `INTERNAL_ERROR` where the process broke; what `prepare` throws
   */
  async run(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<readonly TargetTrial[]> {
    const { store, places } = this.#options
    if (store === undefined) throw notConfigured()
    return places.run(accountId, async () => this.#try(store, await prepare()))
  }

  async #try(store: StoreAccess, request: ProbeRequest): Promise<readonly TargetTrial[]> {
    const { guard, extraCa } = this.#options
    const job = { ...request, store, guard, extraCa }
    const { answer } = await this.#jobs.run(job, {
      limitMs: request.deadlineMs + graceMs,
      permissions: permissionsFor(store),
    })
    if (answer?.kind === 'tried') return answer.trials
    if (answer?.kind === 'failed') {
      const { code, message, retryAfterSeconds } = answer
      throw new CodedError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    }
    throw new CodedError('INTERNAL_ERROR', 'The process that makes the calls broke. Send the request again.')
  }

  /** Ends every probe at once; they and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#options.places.close()
    await this.#jobs.close()
  }
}

/** It reads the credential by which it logs in, or opens the embedded store's files, which takes writing to them; and it starts traced calls. */
function permissionsFor(store: StoreAccess): readonly string[] {
  return ['--allow-child-process', `--allow-fs-read=${hostsFile}`, ...storePermissions(store)]
}

function storePermissions(store: StoreAccess): readonly string[] {
  if (store.kind === 'embedded') {
    const directory = resolve(store.directory)
    return [`--allow-fs-read=${directory}`, `--allow-fs-write=${directory}`]
  }
  const { login } = store
  return [`--allow-fs-read=${resolve(login.kind === 'app-role' ? login.secretIdFile : login.jwtFile)}`]
}

function notConfigured(): CodedError {
  return new CodedError(
    'PROBER_NOT_CONFIGURED',
    'This deployment has no Vault role for trying certificates out. Ask its operator for one (VAULT_PROBER_ROLE_ID).',
  )
}

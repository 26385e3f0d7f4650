import { CodedError } from '@mtls-gateway/domain'
import type { TargetGuardOptions, TargetTrial } from '@mtls-gateway/outbound'
import pLimit, { type LimitFunction } from 'p-limit'
import type { ProbeRequest } from './messages.ts'
import { ProberProcess } from './prober-process.ts'
import type { StoreAccess } from './store-access.ts'

export interface ProberOptions {
  /** Undefined: no probe can be made here. */
  readonly store: StoreAccess | undefined
  readonly guard: TargetGuardOptions
  /** PEM: what is trusted beside the CAs that Node brings along. */
  readonly extraCa: readonly string[]
}

/** Each takes about 100 MB, and as much again for what it looks into. */
const processesAtOnce = 2
const maxWaiting = 32
/** A process that is late by this much ends no more by itself: it starts, logs in and reads the key in this time, too. */
const graceMs = 15_000

/** Tries stored certificates out: by a process that alone may read their keys, and that hands back a report alone. */
export class Prober {
  readonly #options: ProberOptions
  readonly #limit: LimitFunction = pLimit(processesAtOnce)
  readonly #running = new Set<ProberProcess>()
  #closed = false

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /** Before anything is written about a probe. @throws CodedError `PROBER_NOT_CONFIGURED`, `TOO_MANY_CALLS` */
  admit(): void {
    if (this.#options.store === undefined) throw notConfigured()
    if (this.#limit.pendingCount >= maxWaiting) throw tooMany()
  }

  /**
   * One for each url, in their order.
   * @throws CodedError as {@link admit}; `CLIENT_KEY_MISSING`, `STORE_UNAVAILABLE`, `SHUTTING_DOWN`; `INTERNAL_ERROR` where the
   *   process broke
   */
  async try(request: ProbeRequest): Promise<readonly TargetTrial[]> {
    this.admit()
    const answer = await this.#limit(() => this.#run(request))
    if (answer?.kind === 'tried') return answer.trials
    if (answer?.kind === 'failed') {
      const { code, message, retryAfterSeconds } = answer
      throw new CodedError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
    }
    throw new CodedError('INTERNAL_ERROR', 'The process that makes the calls broke. Send the request again.')
  }

  /** Ends every probe at once; they and those that wait fail with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const each of running) each.end()
    await Promise.all(running.map(({ ended }) => ended))
  }

  async #run(request: ProbeRequest) {
    const { store, guard, extraCa } = this.#options
    if (this.#closed) throw shuttingDown()
    if (store === undefined) throw notConfigured()
    const process = new ProberProcess({ ...request, store, guard, extraCa }, request.deadlineMs + graceMs)
    this.#running.add(process)
    const answer = await process.ended
    this.#running.delete(process)
    if (this.#closed) throw shuttingDown()
    return answer
  }
}

function notConfigured(): CodedError {
  return new CodedError(
    'PROBER_NOT_CONFIGURED',
    'This deployment has no Vault role for trying certificates out. Ask its operator for one (VAULT_PROBER_ROLE_ID).',
  )
}

function tooMany(): CodedError {
  const message = 'Too many certificates are being tried out. Send this again in some seconds.'
  return new CodedError('TOO_MANY_CALLS', message, { retryAfterSeconds: 5 })
}

function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}

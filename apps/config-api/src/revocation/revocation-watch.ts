import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { Lease } from '@mtls-gateway/coordination'
import { type Account, type AccountId, readableTime, revocationOf, usesCertificate } from '@mtls-gateway/domain'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { factId, type HeldFact, manyAsOne, type NoticeEvent, quoted } from '../notices/notice-event.ts'
import type { Notices } from '../notices/notices.ts'
import type { RevocationCheck } from './revocation-check.ts'

export interface RevocationWatchParts {
  readonly accounts: () => Promise<readonly AccountId[]>
  readonly read: (accountId: AccountId) => Promise<Account>
  /** Lasts until issuers are to be asked again, and only one instance gets it. */
  readonly acquireLease: () => Promise<Pick<Lease, 'release'> | undefined>
  readonly check: Pick<RevocationCheck, 'run'>
  readonly notices: Pick<Notices, 'isDue' | 'notify'>
  /** The pool for calls of webhooks. */
  readonly deliveries: Bulkhead
  /** Shows how many certificates are known to be revoked. */
  readonly show: (revoked: number) => void
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** One account's authorities, which it has chosen, keep a quarter of the watch for no longer. */
const accountDeadlineMs = 300_000
const deliveryDeadlineMs = 60_000
const accountsAtOnce = 4

/** Looks at all accounts for revoked certificates: what is known of them, and once a day what their issuers say. */
export class RevocationWatch {
  readonly #parts: RevocationWatchParts
  readonly #delivering = new Map<AccountId, Promise<void>>()

  constructor(parts: RevocationWatchParts) {
    this.#parts = parts
  }

  /** Never rejects: what can't be read or asked now is tried again. */
  async look(signal: AbortSignal): Promise<void> {
    const { accounts, acquireLease, show, log } = this.#parts
    let lease: Pick<Lease, 'release'> | undefined
    let isDone = false
    try {
      const all = await accounts()
      lease = await acquireLease()
      const asks = lease !== undefined
      const counts = await pMap(all, (accountId) => this.#lookAt(accountId, asks, signal), {
        concurrency: accountsAtOnce,
      })
      isDone = !signal.aborted
      if (isDone) show(counts.reduce((sum, count) => sum + count, 0))
    } catch (error) {
      log.warn({ event: 'revocation-check-failed', err: error }, 'the accounts can not be listed; it is tried again')
    } finally {
      // Any instance may begin again.
      if (!isDone) await lease?.release().catch(() => {})
    }
  }

  /** Resolves when every notice has been sent or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#delivering.values())
  }

  /** @returns how many of its certificates are revoked */
  async #lookAt(accountId: AccountId, asks: boolean, signal: AbortSignal): Promise<number> {
    const { notices, log } = this.#parts
    if (signal.aborted) return 0
    try {
      const read = await this.#parts.read(accountId)
      const checked = asks ? await this.#check(read, signal) : read
      const revoked = revokedIn(checked)
      const events = manyAsOne(accountId, revoked)
      if (notices.isDue(checked, events)) this.#deliver(checked, events, signal)
      return revoked.length
    } catch (error) {
      log.warn({ event: 'revocation-check-failed', account: accountId, err: error }, 'an account was not checked')
      return 0
    }
  }

  /** @returns the account with what was found, also where a part of it was not checked */
  async #check(account: Account, signal: AbortSignal): Promise<Account> {
    const { check, log } = this.#parts
    const { accountId } = account
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(accountDeadlineMs)])
    const { account: checked, failure } = await check.run(account, deadline)
    if (failure !== undefined) {
      const fields = { event: 'revocation-check-failed', account: accountId, err: failure }
      log.warn(fields, 'some certificates of an account were not checked')
    }
    return checked
  }

  #deliver(account: Account, events: readonly NoticeEvent[], signal: AbortSignal): void {
    const { accountId } = account
    const { notices, deliveries, log } = this.#parts
    if (this.#delivering.has(accountId)) return
    const notify = () =>
      notices.notify(account, events, AbortSignal.any([signal, AbortSignal.timeout(deliveryDeadlineMs)]))
    const delivery = deliveries
      .run(accountId, notify)
      .catch((error: unknown) => {
        log.warn({ event: 'revocation-notice-failed', account: accountId, err: error }, 'notices were not sent')
      })
      .finally(() => this.#delivering.delete(accountId))
    this.#delivering.set(accountId, delivery)
  }
}

function revokedIn({ accountId, certificates, mappings }: Account): readonly HeldFact[] {
  return certificates.flatMap((certificate): readonly HeldFact[] => {
    const revocation = revocationOf(certificate)
    if (!revocation) return []
    const type = 'certificate.revoked'
    const { id, name } = certificate
    const { fingerprintSha256, revokedAt, foundAt, reason, source } = revocation
    const event = (): NoticeEvent => {
      const users = mappings.filter((mapping) => usesCertificate(mapping, id)).length
      return {
        type,
        id: factId(accountId, fingerprintSha256, 'revoked', revokedAt),
        accountId,
        data: { accountId, certificateId: id, name, fingerprintSha256, revokedAt, reason, source, mappings: users },
        sentence:
          `The certificate ${quoted(name)} (${id}) was revoked by its issuer on ${readableTime(revokedAt)} (${reason}). ` +
          'Calls go on presenting it, and targets may refuse it: replace it.',
      }
    }
    return [{ type, since: foundAt, event }]
  })
}

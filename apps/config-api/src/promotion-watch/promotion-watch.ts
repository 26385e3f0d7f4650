import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { Leases, MappingOutcome, Outcomes } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  type CommandContext,
  type ErrorCode,
  findCertificate,
  isCodedError,
  isExpired,
  isUrlPattern,
  type Mapping,
  noteRefusal,
  refusesPromoted,
  versionBefore,
  type WatchedPromotion,
  watchedPromotions,
} from '@mtls-gateway/domain'
import { isAboutCertificate } from '@mtls-gateway/outbound'
import { type AccountWriter, ownChange, systemClock } from '@mtls-gateway/registry'
import type { Log, ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'
import { RepeatedTask } from '../maintenance/repeated-task.ts'
import type { CertificateProbes } from '../prober/certificate-probes.ts'
import type { StagedVersions } from '../staged-versions/staged-versions.ts'
import type { WatchedAccounts } from './watched-accounts.ts'

export interface PromotionWatchParts {
  readonly watched: Pick<WatchedAccounts, 'next'>
  readonly writer: Pick<AccountWriter, 'readInTurn' | 'change'>
  readonly outcomes: Pick<Outcomes, 'of'>
  readonly leases: Leases
  readonly probes: Pick<CertificateProbes, 'run'>
  readonly versions: Pick<StagedVersions, 'rollBack'>
  /** `plan-steps`: taking back is a step of a plan. */
  readonly pool: Bulkhead
  readonly metrics: Pick<ServiceMetrics, 'registry'>
  readonly log: Pick<Log, 'warn'>
}

/** Forwarders tell how calls went every five seconds. */
const lookEveryMs = 2_000
const probeDeadlineMs = 15_000
const leaseMs = 60_000
const againAfterMs = 30_000
/** Then nobody can say what the target makes of the version before. One that is busy is asked again. */
const withoutProber: ReadonlySet<ErrorCode> = new Set(['PROBER_NOT_CONFIGURED', 'PROBER_UNAVAILABLE'])
/** What the audit says of whoever makes the change. */
const actor = 'plan'

/**
 * Takes back what a plan has promoted, for each mapping whose target took the version before and refuses this one. The
 * version before is tried first: where the target refuses that as well, its owner has replaced it, and nothing is taken
 * back.
 */
export class PromotionWatch {
  readonly #parts: PromotionWatchParts
  #task: RepeatedTask | undefined
  readonly #counter: Counter<'outcome'>
  readonly #stopping = new AbortController()
  /** Mappings that are being taken back. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(parts: PromotionWatchParts) {
    this.#parts = parts
    this.#counter = new Counter({
      name: 'refused_promotions_total',
      help: 'Mappings whose target refused what their plan had promoted: taken back, or left where both are refused',
      labelNames: ['outcome'],
      registers: [parts.metrics.registry],
    })
    for (const outcome of ['rolled-back', 'left']) this.#counter.inc({ outcome }, 0)
  }

  start(): void {
    this.#task = new RepeatedTask({ everyMs: lookEveryMs, run: () => this.#look(), clock: systemClock })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#task?.stop()
    await Promise.all(this.#underWay.values())
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { watched, outcomes, log } = this.#parts
    for (const [accountId, promotions] of watched.next()) {
      try {
        const found = await outcomes.of(
          accountId,
          promotions.map(({ mappingId }) => mappingId),
        )
        for (const promoted of promotions) this.#judge(accountId, promoted, found.get(promoted.mappingId))
      } catch (error) {
        // Without coordination nothing is known of any account.
        log.warn({ event: 'promotion-watch-failed', account: accountId, err: error }, 'promotions are looked at later')
        return
      }
    }
  }

  #judge(accountId: AccountId, promoted: WatchedPromotion, outcome: MappingOutcome | undefined): void {
    const code = outcome?.failure?.code
    if (outcome === undefined || code === undefined || !isAboutCertificate(code)) return
    if (!refusesPromoted(outcome, promoted)) return
    const key = `${accountId}:${promoted.mappingId}`
    if (this.#underWay.has(key)) return
    const { pool, log } = this.#parts
    const work = pool
      .run(accountId, () => this.#takeBack(key, accountId, promoted, code))
      .catch(async (error: unknown) => {
        if (this.#stopping.signal.aborted) return
        const fields = { event: 'roll-back-failed', account: accountId, mapping: promoted.mappingId, err: error }
        log.warn(fields, 'a mapping whose target refuses its certificate was not taken back; it is tried again')
        await systemClock.sleep(againAfterMs, this.#stopping.signal)
      })
      .finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, work)
  }

  /** Another instance may see the same: what it has done is seen under the lease. */
  async #takeBack(key: string, accountId: AccountId, promoted: WatchedPromotion, code: string): Promise<void> {
    const { writer, leases, versions, log } = this.#parts
    const lease = await leases.acquire(`roll-back:${key}`, leaseMs)
    if (!lease) return
    try {
      const account = await writer.readInTurn(accountId)
      const isStill = watchedPromotions(account, Date.now()).some((each) => isSame(each, promoted))
      const mapping = account.mappings.find(({ id }) => id === promoted.mappingId)
      if (!isStill || mapping === undefined) return
      const { certificateId: id, mappingId, version } = promoted
      const fields = { account: accountId, certificate: id, mapping: mappingId, code }
      if (await this.#wouldHelp(account, mapping, promoted)) {
        await versions.rollBack(accountId, this.#context(), id, [mappingId], { version, code })
        this.#counter.inc({ outcome: 'rolled-back' })
        log.warn({ event: 'mapping-rolled-back', ...fields }, 'a target refuses what was promoted: its mapping is back')
        return
      }
      const context = this.#context()
      await writer.change(accountId, context.changeId, noteRefusal(context, id, mappingId, { version, code }))
      this.#counter.inc({ outcome: 'left' })
      log.warn(
        { event: 'mapping-left', ...fields },
        'a target refuses what was promoted, and the version before as well',
      )
    } finally {
      await lease.release().catch(() => undefined)
    }
  }

  /** Whether the target takes the version before. Where that can't be told: it did so until the promotion. */
  async #wouldHelp(
    account: Account,
    { url, targetTrust, targetTls: tls }: Mapping,
    promoted: WatchedPromotion,
  ): Promise<boolean> {
    const { certificateId: id } = promoted
    const before = versionBefore(findCertificate(account, id), promoted)
    if (before === undefined || isExpired(before, Date.now())) return false
    if (isUrlPattern(url)) return true
    const use = { id, versionId: before.versionId, purpose: 'try' as const, target: new URL(url).host }
    const urls = [{ url, tls, mapping: targetTrust === undefined ? {} : { targetTrust } }]
    const order = { use, version: before, urls, method: 'HEAD', deadlineMs: probeDeadlineMs }
    try {
      const [probed] = await this.#parts.probes.run(account.accountId, this.#context(), order)
      if (probed === undefined) return true
      const { clientCertificate, failure } = probed
      return clientCertificate !== 'refused' && !(failure && isAboutCertificate(failure.code))
    } catch (error) {
      if (!isCodedError(error)) throw error
      if (error.code === 'CLIENT_KEY_MISSING') return false
      if (withoutProber.has(error.code)) return true
      throw error
    }
  }

  #context(): CommandContext {
    return { ...ownChange(Date.now()), actor }
  }
}

function isSame(one: WatchedPromotion, other: WatchedPromotion): boolean {
  return one.mappingId === other.mappingId && one.version === other.version && one.since === other.since
}

import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateId,
  type PlanPosition,
  type PlanStanding,
  planPosition,
  planStanding,
  planStates,
} from '@mtls-gateway/domain'
import { isOutdated, type SeenAccount, wholeSeconds } from '../changes/arrival-order.ts'

type Counts = ReadonlyMap<PlanStanding, number>

/** A plan that takes what is new in its source. */
export interface SourcedPlan {
  readonly id: CertificateId
  /** The certificate's. */
  readonly name: string
  readonly source: string
}

/** Times are whole seconds since 1970, which take no memory of their own: there may be an account for each plan. */
interface KnownAccount extends SeenAccount {
  /** When the first of its plans is due. */
  readonly at: number
  readonly counts: Counts
  readonly sourced: readonly SourcedPlan[]
  /** Nothing of it is looked at before. */
  readonly pausedUntil: number
}

/** By {@link issuerOf}, and each in seconds as above. */
type BusyIssuers = ReadonlyMap<string, number>

const never = 2 ** 31 - 1
/** Nearly all accounts share it. */
const noneSourced: readonly SourcedPlan[] = []

/** At or after a time in milliseconds. */
function seconds(ms: number): number {
  return Math.min(wholeSeconds(ms), never)
}

/**
 * When the plans of accounts are due: one number for each account that has any, so that looking at all of them reads
 * nothing. It learns from whatever is read and written here, and from the listing at the start and each hour.
 */
export class DuePlans {
  readonly #accounts = new Map<AccountId, KnownAccount>()
  readonly #counts = new Map<string, Counts>()
  /** Nothing is ordered from these issuers before. Few accounts have any. */
  readonly #busyUntil = new Map<AccountId, BusyIssuers>()
  /** Certificates are immutable, and nearly all of them idle: most of an account that has changed is known. */
  readonly #idle = new WeakMap<Certificate, PlanPosition>()

  /** Takes note of an account as it is. */
  see(account: Account): void {
    const { accountId, revision } = account
    const known = this.#accounts.get(accountId)
    const now = seconds(Date.now())
    const isAsKnown = known && revision === known.revision && known.at > now
    if (isAsKnown || isOutdated({ revision, seenAt: now }, known)) return
    const counts = new Map<PlanStanding, number>()
    const sources: SourcedPlan[] = []
    const busyUntil = this.#busyUntil.get(accountId)
    let at = never * 1_000
    for (const { certificate, position } of this.#positions(account)) {
      const as = planStanding(position)
      counts.set(as, (counts.get(as) ?? 0) + 1)
      const { id, name, plan } = certificate
      at = Math.min(at, dueAt(certificate, position, busyUntil) ?? at, laterThan(position.until, now) ?? at)
      if (position.fetches && plan?.source !== undefined) sources.push({ id, name, source: plan.source })
    }
    if (counts.size === 0) {
      this.#accounts.delete(accountId)
      this.#busyUntil.delete(accountId)
      return
    }
    const { pausedUntil = 0 } = known ?? {}
    const shared = this.#shared(counts)
    const sourced = sources.length > 0 ? sources : noneSourced
    const plans = { at: seconds(at), counts: shared, sourced }
    this.#accounts.set(accountId, { revision, ...plans, pausedUntil, seenAt: now })
  }

  /** Accounts in which a plan is due. @param now milliseconds since 1970 */
  accounts(now: number): readonly AccountId[] {
    const due: AccountId[] = []
    const until = now / 1_000
    for (const [accountId, { at, pausedUntil }] of this.#accounts) {
      if (at <= until && pausedUntil <= until) due.push(accountId)
    }
    return due
  }

  /** Plans that take what is new in their source. */
  *sourced(): Generator<readonly [AccountId, SourcedPlan]> {
    for (const [accountId, { sourced }] of this.#accounts) for (const plan of sourced) yield [accountId, plan]
  }

  /** Whether a plan of this account is due, as far as is known. */
  isDue(accountId: AccountId, now: number): boolean {
    return (this.#accounts.get(accountId)?.at ?? never) <= now / 1_000
  }

  /**
   * Certificates of an account whose plan is due: the most urgent of each issuer, then their next ones. Thousands of
   * one issuer that does not answer keep none of another waiting.
   */
  certificates(account: Account, now: number): readonly Certificate[] {
    const busyUntil = this.#busyUntil.get(account.accountId)
    const isDue = ({ certificate, position }: PositionedPlan) =>
      (dueAt(certificate, position, busyUntil) ?? now + 1) <= now
    const due = [...this.#positions(account)].filter(isDue)
    const ends = due.map(({ certificate }) => certificate).sort((one, other) => endOf(one) - endOf(other))
    const byIssuer = Map.groupBy(ends, issuerOf)
    const ranked = [...byIssuer.values()].flatMap((own) => own.map((certificate, rank) => ({ certificate, rank })))
    return ranked.sort((one, other) => one.rank - other.rank).map(({ certificate }) => certificate)
  }

  /**
   * Looks at nothing of an account for some time: another instance is at it, or it can't be read.
   * @param until milliseconds since 1970
   */
  pause(accountId: AccountId, until: number): void {
    const known = this.#accounts.get(accountId)
    if (known) this.#accounts.set(accountId, { ...known, pausedUntil: seconds(until) })
  }

  /**
   * Orders nothing from an issuer for some time, which has enough to do. Other steps of the account go on.
   * @param until milliseconds since 1970
   */
  pauseOrders(account: Account, issuer: string, until: number): void {
    const { accountId } = account
    if (!this.#accounts.has(accountId)) return
    const now = Date.now() / 1_000
    const others = [...(this.#busyUntil.get(accountId) ?? [])].filter(([, each]) => each > now)
    this.#busyUntil.set(accountId, new Map([...others, [issuer, seconds(until)]]))
    this.see(account)
  }

  count(): Counts {
    const sums = new Map<PlanStanding, number>(
      [...planStates, 'waiting' as const, 'failing' as const].map((as) => [as, 0]),
    )
    for (const { counts } of this.#accounts.values()) {
      for (const [as, count] of counts) sums.set(as, (sums.get(as) ?? 0) + count)
    }
    return sums
  }

  /** Most accounts have few plans, and so the same counts. */
  #shared(counts: Counts): Counts {
    const key = JSON.stringify([...counts])
    const known = this.#counts.get(key)
    if (known) return known
    if (this.#counts.size < 1_000) this.#counts.set(key, counts)
    return counts
  }

  *#positions({ certificates, mappings }: Account): Generator<PositionedPlan> {
    const now = Date.now()
    let own: ReturnType<typeof Map.groupBy<CertificateId, Account['mappings'][number]>> | undefined
    for (const certificate of certificates) {
      if (!certificate.plan) continue
      const known = this.#idle.get(certificate)
      if (known) {
        yield { certificate, position: known }
        continue
      }
      own ??= Map.groupBy(mappings, ({ certificateId }) => certificateId)
      const position = planPosition(certificate, own.get(certificate.id) ?? [], now)
      if (!position) continue
      // Without a staged version it depends on nothing else.
      if (!certificate.staged) this.#idle.set(certificate, position)
      yield { certificate, position }
    }
  }
}

/** The profile or the source that the next version comes from. */
export function issuerOf({ plan }: Certificate): string {
  return plan?.profile ?? plan?.source ?? ''
}

interface PositionedPlan {
  readonly certificate: Certificate
  readonly position: PlanPosition
}

/** In milliseconds since 1970: a key is requested only for an issuer that takes its order. */
function dueAt(certificate: Certificate, { next }: PlanPosition, busyUntil: BusyIssuers | undefined) {
  if (!next || !busyUntil || !(next.step === 'request' || next.step === 'order')) return next?.at
  return Math.max(next.at, (busyUntil.get(issuerOf(certificate)) ?? 0) * 1_000)
}

function endOf({ current }: Certificate): number {
  return current ? Date.parse(current.notAfter) : 0
}

/** A version that has expired already changes nothing any more. @param now seconds since 1970 */
function laterThan(at: number | undefined, now: number): number | undefined {
  return at !== undefined && at > now * 1_000 ? at : undefined
}

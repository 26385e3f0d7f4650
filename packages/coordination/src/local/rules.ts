import type { AccountId } from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'
import type { CallQuery, MappingOutcome, OutcomeEntry, RecentCall, RecordedCall } from '../port.ts'

/** How many calls of an account are kept: of those that did not succeed, and of those that did. */
export const keptCalls = { failure: 500, success: 100 } as const
export const callsKeptMs = 7 * 86_400_000
export const outcomesKeptMs = 90 * 86_400_000
/** Mappings per account whose outcomes are kept: those that were called last. Deleted ones count, too. */
export const keptOutcomes = 10_000

/** What is kept apart, so that neither takes up the other's room. */
type CallKind = keyof typeof keptCalls

export function kindOf({ outcome }: Pick<RecentCall, 'outcome'>): CallKind {
  return outcome === 'succeeded' ? 'success' : 'failure'
}

/** Ids are the microseconds since 1970 at which calls are recorded, or the next free ones: they tell the age, too. */
export function oldestKeptId(): number {
  return (Date.now() - callsKeptMs) * 1_000
}

export interface StoredCall {
  readonly id: number
  readonly json: string
}

/** Those that are asked for, newest first: of all that an account has, which are a few hundred. */
export async function askedFor(stored: readonly StoredCall[], query: CallQuery): Promise<readonly RecordedCall[]> {
  const calls = await convertInTurns(stored, (each) => readCall(each, query))
  return calls
    .filter((call) => call !== undefined)
    .sort((a, b) => b.id - a.id)
    .slice(0, query.limit)
}

/** Undefined if something else has written it, or if it is not asked for. */
function readCall({ id, json }: StoredCall, query: CallQuery): RecordedCall | undefined {
  try {
    const call: Omit<RecordedCall, 'id'> = JSON.parse(json)
    return Number.isFinite(call.at) && fits(call, query) ? { ...call, id } : undefined
  } catch {
    return undefined
  }
}

function fits(call: Omit<RecordedCall, 'id'>, query: CallQuery): boolean {
  const { outcome, mappingId, code, url, requestId, since, until } = query
  return (
    (outcome === undefined || call.outcome === outcome) &&
    (mappingId === undefined || call.mappingId === mappingId) &&
    (code === undefined || call.code === code || call.transportCode === code) &&
    (url === undefined || isAtOrBelow(call.url, url)) &&
    (requestId === undefined || call.requestId === requestId) &&
    (since === undefined || call.at >= since) &&
    (until === undefined || call.at < until)
  )
}

/**
 * By whole segments, as mappings tell paths apart: `https://bank.example:443/v1` has `/v1` and what is below it, not
 * `/v10`, and an origin is not that of another host which begins like it.
 */
function isAtOrBelow(url: string | undefined, top: string): boolean {
  if (url?.startsWith(top) !== true) return false
  return url.length === top.length || top.endsWith('/') || url[top.length] === '/'
}

/** How the calls of a mapping went, as it is stored and merged. Times are 0, and the code is -, for what was not. */
type StoredOutcome = readonly [
  succeededAt: number,
  failedAt: number,
  code: string,
  failures: number,
  failingSince: number,
]

export function storedOutcome({ succeededAt, failure, failuresInARow, failingSince }: OutcomeEntry): StoredOutcome {
  return [succeededAt ?? 0, failure?.at ?? 0, failure?.code ?? '-', failuresInARow, failingSince ?? 0]
}

export function outcomeOf([succeededAt, failedAt, code, failures, failingSince]: StoredOutcome): MappingOutcome {
  return {
    succeededAt: succeededAt || undefined,
    failure: failedAt === 0 ? undefined : { at: failedAt, ...(code !== '-' && { code }) },
    failuresInARow: failures,
    // What another instance tells late may have begun before that success.
    ...(failingSince > 0 && { failingSince: Math.max(failingSince, succeededAt) }),
  }
}

/** Subjects that have not been used for this long are forgotten. */
export const usageKeptMs = 90 * 86_400_000

export function slicesOf<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}

/** How many parts are recorded at once: a batch of many accounts does not keep nonces waiting. */
const partsAtOnce = 20

/** Records the entries of each account, in parts of at most this many. */
export async function inParts<T extends { readonly account: AccountId }>(
  entries: readonly T[],
  size: number,
  record: (account: AccountId, part: readonly T[]) => Promise<void>,
): Promise<void> {
  const parts = [...Map.groupBy(entries, ({ account }) => account)].flatMap(([account, all]) =>
    slicesOf(all, size).map((part) => () => record(account, part)),
  )
  for (const some of slicesOf(parts, partsAtOnce)) await Promise.all(some.map((part) => part()))
}

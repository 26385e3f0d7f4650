import { ApprovalRequested, GatewayProblem } from '@mtls-gateway/client/page'
import { hashKey, MutationCache, type Query, QueryCache, QueryClient } from '@tanstack/react-query'
import { NoAnswer } from './console-fetch.ts'
import { configQuery, noteEnd, type Session, sessionEndQuery, sessionQuery } from './session.ts'

const mostRetryMs = 3_000

/** Where the browser takes itself for offline, a page says that there is no answer, instead of waiting in silence. */
const networkMode = 'always'

export interface QueriesOptions {
  /** A change is made. Delayed: forwarders could not be told of it at once (`LP-change-notice`). */
  readonly onChanged: (isDelayed: boolean) => void
  /** Somebody has signed in or out here. */
  readonly onOwner?: () => void
}

/**
 * What the pages know of the gateway: each answer is kept under its key, and asked for again when it is shown anew.
 * Once an answer says that the session has ended, the page waits, covered, for its person to sign in again.
 * All of it is for whoever is signed in: it goes with them, also where another tab has signed in somebody else.
 */
export function createQueries({ onChanged, onOwner }: QueriesOptions): QueryClient {
  const onError = (error: Error) => {
    if (!(error instanceof GatewayProblem && error.status === 401)) return
    if (noteEnd(queries, error) === null) queries.setQueryData(sessionQuery.queryKey, null)
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      onError: (error) => {
        onError(error)
        // One more waits.
        if (error instanceof ApprovalRequested) void queries.invalidateQueries({ predicate: isOfApprovals })
      },
      onSuccess: (answer) => isChange(answer) && onChanged(answer.isDelayed),
    }),
    defaultOptions: {
      queries: {
        // Until it has passed: nobody has to reload a page after an outage.
        retry: (_, error) => isPassing(error),
        retryDelay: (failures) => Math.min(1_000 * 2 ** failures, mostRetryMs),
        staleTime: 5_000,
        networkMode,
      },
      mutations: { retry: false, networkMode },
    },
  })
  let owner: string | undefined
  let isOver = false
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated') return
    if (query.queryHash === hashKey(sessionEndQuery.queryKey)) {
      const wasOver = isOver
      isOver = queries.getQueryData(sessionEndQuery.queryKey) != null
      // What has failed meanwhile is asked for again.
      if (wasOver && !isOver) void queries.invalidateQueries({ predicate: isOfOwner })
    }
    if (query.queryHash !== hashKey(sessionQuery.queryKey)) return
    const session = queries.getQueryData(sessionQuery.queryKey)
    if (session === undefined || ownerOf(session) === owner) return
    owner = ownerOf(session)
    forget(queries, session !== null)
    onOwner?.()
  })
  return queries
}

function isChange(answer: unknown): answer is { readonly isDelayed: boolean } {
  return typeof answer === 'object' && answer !== null && 'isDelayed' in answer && typeof answer.isDelayed === 'boolean'
}

/**
 * For whom a page is: what somebody else has typed or read is not theirs. Undefined: nobody. Whoever comes back by
 * another way, or by another invitation for them, goes on.
 */
export function ownerOf(session: Session | null): string | undefined {
  if (session === null) return undefined
  const { subject, accounts, scopes, label } = session
  return JSON.stringify([label === undefined ? { subject } : { label }, accounts, scopes])
}

/** @param isShown whether the page stays, and asks again for what it shows */
function forget(queries: QueryClient, isShown: boolean): void {
  if (isShown) void queries.resetQueries({ predicate: isOfOwner })
  else queries.removeQueries({ predicate: isOfOwner })
  queries.getMutationCache().clear()
}

const ofAnybody = [sessionQuery, sessionEndQuery, configQuery].map(({ queryKey }) => hashKey(queryKey))

function isOfOwner({ queryHash }: Query): boolean {
  return !ofAnybody.includes(queryHash)
}

function isOfApprovals({ queryKey }: Query): boolean {
  return queryKey[1] === 'approvals'
}

/** What of a query tells how it goes. */
export interface Asked {
  readonly error: Error | null
  readonly failureCount: number
  readonly failureReason: Error | null
}

/** Why there is no answer, also while it is asked for again. A first failure may be the only one: it says nothing. */
export function failureOf({ error, failureCount, failureReason }: Asked): Error | null {
  return error ?? (failureCount > 1 ? failureReason : null)
}

/** Asks anew for all that a page still waits for: the requests that hang are given up. */
export async function askPendingAgain(queries: QueryClient): Promise<void> {
  const filter = { type: 'active', predicate: ({ state }: Query) => state.status === 'pending' } as const
  await queries.cancelQueries(filter)
  await queries.refetchQueries(filter)
}

/** Worth another try: nobody has to do anything about it first. */
export function isPassing(error: Error): boolean {
  return error instanceof NoAnswer || (error instanceof GatewayProblem && error.status >= 502 && error.status <= 504)
}

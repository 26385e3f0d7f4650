import { GatewayProblem } from '@mtls-gateway/client/page'
import { hashKey, MutationCache, type Query, QueryCache, QueryClient } from '@tanstack/react-query'
import { NoAnswer } from './console-fetch.ts'
import { configQuery, type Session, sessionQuery } from './session.ts'

const mostRetryMs = 3_000

/** Where the browser takes itself for offline, a page says that there is no answer, instead of waiting in silence. */
const networkMode = 'always'

export interface QueriesOptions {
  /** A change is made. Delayed: forwarders could not be told of it at once (`LP-change-notice`). */
  readonly onChanged: (isDelayed: boolean) => void
}

/**
 * What the pages know of the gateway: each answer is kept under its key, and asked for again when it is shown anew.
 * Once an answer says that the session has ended, nobody is signed in, and the pages give way to the sign-in.
 * All of it is for whoever is signed in: it goes with them, also where another tab has signed in somebody else.
 */
export function createQueries({ onChanged }: QueriesOptions): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof GatewayProblem && error.status === 401) queries.setQueryData(sessionQuery.queryKey, null)
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      onError,
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
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || query.queryHash !== hashKey(sessionQuery.queryKey)) return
    const session = queries.getQueryData(sessionQuery.queryKey)
    if (session === undefined || ownerOf(session) === owner) return
    owner = ownerOf(session)
    forget(queries, session !== null)
  })
  return queries
}

function isChange(answer: unknown): answer is { readonly isDelayed: boolean } {
  return typeof answer === 'object' && answer !== null && 'isDelayed' in answer && typeof answer.isDelayed === 'boolean'
}

/** Undefined: nobody. */
function ownerOf(session: Session | null): string | undefined {
  if (session === null) return undefined
  const { subject, accounts, scopes, via, label } = session
  return JSON.stringify([subject, accounts, scopes, via, label])
}

/** @param isShown whether the page stays, and asks again for what it shows */
function forget(queries: QueryClient, isShown: boolean): void {
  const kept = [sessionQuery, configQuery].map(({ queryKey }) => hashKey(queryKey))
  const predicate = ({ queryHash }: Query) => !kept.includes(queryHash)
  if (isShown) void queries.resetQueries({ predicate })
  else queries.removeQueries({ predicate })
  queries.getMutationCache().clear()
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

/** Worth another try: nobody has to do anything about it first. */
export function isPassing(error: Error): boolean {
  return error instanceof NoAnswer || (error instanceof GatewayProblem && error.status >= 502 && error.status <= 504)
}

import { GatewayProblem } from '@mtls-gateway/client/page'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { NoAnswer } from './console-fetch.ts'
import { sessionQuery } from './session.ts'

/**
 * What the pages know of the gateway: each answer is kept under its key, and asked for again when it is shown anew.
 * Once an answer says that the session has ended, nobody is signed in, and the pages give way to the sign-in.
 */
export function createQueries(): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof GatewayProblem && error.status === 401) queries.setQueryData(sessionQuery.queryKey, null)
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { retry: (failures, error) => failures < 2 && isPassing(error), staleTime: 5_000 },
      mutations: { retry: false },
    },
  })
  return queries
}

/** Worth another try: nobody has to do anything about it first. */
export function isPassing(error: Error): boolean {
  return error instanceof NoAnswer || (error instanceof GatewayProblem && error.status >= 502 && error.status <= 504)
}

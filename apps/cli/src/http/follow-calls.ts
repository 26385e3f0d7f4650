import { setTimeout } from 'node:timers/promises'
import type { CallQuery, RecentCall } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'
import { ServiceProblem } from './service-problem.ts'

const askAgainMs = 500
/** More than are kept of an account. */
const mostAtOnce = 1_000

/**
 * Calls that fit, the oldest first: those of the first page, then each as it is recorded. Never ends by itself.
 * @throws ServiceProblem, but goes on while recent calls can't be read for a moment
 */
export async function* followCalls(
  { configApi }: Connection,
  filter: Omit<CallQuery, 'cursor' | 'after' | 'limit'>,
  first: number,
): AsyncGenerator<RecentCall, never> {
  let after: number | undefined
  for (;;) {
    try {
      const query = after === undefined ? { ...filter, limit: first } : { ...filter, limit: mostAtOnce, after }
      const { body } = await configApi.listCalls({ query })
      yield* body.toReversed()
      // If the list is empty at first, everything in it later is new.
      after = body[0]?.id ?? after ?? 0
    } catch (error) {
      if (!(error instanceof ServiceProblem) || error.answer.body.status !== 503) throw error
    }
    await setTimeout(askAgainMs)
  }
}

import type { RecentCall } from '@mtls-gateway/contract'
import { withoutUsualPort } from '../format/usual-port.ts'
import { pagedQuery } from './lists.ts'
import { clientOf } from './page-client.ts'

export interface CallFilters {
  readonly outcome?: string | undefined
  readonly mappingId?: number | undefined
  readonly code?: string | undefined
  /** How it begins. */
  readonly url?: string | undefined
  readonly requestId?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

type ListQuery = NonNullable<NonNullable<Parameters<ReturnType<typeof clientOf>['listCalls']>[0]>['query']>

export function callsQuery(accountId: string, filters: CallFilters) {
  return pagedQuery([accountId, 'calls', filters], async (page, signal) => {
    // A filter that the url has is the gateway's to judge.
    const answer = await clientOf(accountId).listCalls({ query: { ...filters, ...page } as ListQuery, signal })
    return { ...answer, body: answer.body.map(asMapped) }
  })
}

function asMapped(call: RecentCall): RecentCall {
  return call.url === undefined ? call : { ...call, url: withoutUsualPort(call.url) }
}

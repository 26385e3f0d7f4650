import { type CallQuery, defaultCallsPage, type RecentCall as RecentCallView } from '@mtls-gateway/contract'
import type { RecentCalls, RecordedCall } from '@mtls-gateway/coordination'
import { type AccountId, parseMappingId } from '@mtls-gateway/domain'
import { type Page, readCursor, readLimit, unknownCursor, writeCursor } from '../http/page.ts'

/** The recent calls of an account, as forwarders have recorded them. */
export class RecentCallList {
  readonly #calls: RecentCalls

  constructor(calls: RecentCalls) {
    this.#calls = calls
  }

  /** Newest first. @throws CodedError `LIMIT_EXCEEDED`, `CURSOR_UNKNOWN`, `COORDINATION_UNAVAILABLE` */
  async list(account: AccountId, query: CallQuery): Promise<Page<RecentCallView>> {
    const limit = readLimit(query.limit ?? defaultCallsPage)
    const calls = await this.#calls.of(account, {
      outcome: query.outcome,
      mappingId: parseMappingId(query.mappingId),
      code: query.code,
      url: query.url === undefined ? undefined : asRecorded(query.url),
      requestId: query.requestId,
      since: query.since === undefined ? undefined : Date.parse(query.since),
      until: query.until === undefined ? undefined : Date.parse(query.until),
      before: query.cursor === undefined ? undefined : readId(query.cursor),
      after: query.after,
      limit: limit + 1,
    })
    const page = calls.slice(0, limit)
    const next = calls.length > limit ? writeCursor(String(page.at(-1)?.id)) : undefined
    return { items: page.map(viewCall), next }
  }
}

function readId(cursor: string): number {
  const id = readCursor(cursor)
  if (!/^[1-9][0-9]{0,15}$/.test(id)) throw unknownCursor()
  return Number(id)
}

/**
 * The url as calls are recorded: with `https://` and the port, which people leave out, the host in lower case, and
 * without a query. The `*` of a pattern is dropped.
 */
function asRecorded(text: string): string {
  const url = text.includes('://') ? text : `https://${text}`
  const [, scheme = '', host = '', port = '', path = ''] = /^(https:\/\/)([^/:?#]+)(:\d+)?(\/[^?#]*)?/i.exec(url) ?? []
  if (scheme === '') return url.toLowerCase()
  return `${scheme}${host}`.toLowerCase() + (port || ':443') + path.replace(/\/\*$/, '/')
}

function viewCall({ id, at, ...call }: RecordedCall): RecentCallView {
  return { id, at: new Date(at).toISOString(), ...call }
}

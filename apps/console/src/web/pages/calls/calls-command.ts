import { shellWord } from '@mtls-gateway/contract/words'
import type { CallFilters } from '../../api/calls.ts'

/** The line of `mtls` that shows the same calls. */
export function callsCommand(filters: CallFilters, isFollowed: boolean): string {
  const { outcome, mappingId, code, url, requestId, since, until } = filters
  return [
    'mtls calls',
    ...(outcome === undefined ? [] : ['--outcome', shellWord(outcome)]),
    ...(mappingId === undefined ? [] : ['--mapping', String(mappingId)]),
    ...(code === undefined ? [] : ['--code', shellWord(code)]),
    ...(url === undefined ? [] : ['--url', shellWord(url)]),
    ...(requestId === undefined ? [] : ['--request-id', shellWord(requestId)]),
    ...(since === undefined ? [] : ['--since', shellWord(since)]),
    ...(until === undefined ? [] : ['--until', shellWord(until)]),
    ...(isFollowed ? ['--follow'] : []),
  ].join(' ')
}

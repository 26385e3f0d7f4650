import type { CallFilters } from '../../api/calls.ts'
import { shellWord } from '../../format/shell-word.ts'

/** The line of `mtls` that shows the same calls. */
export function callsCommand({ outcome, mappingId, code }: CallFilters, isFollowed: boolean): string {
  return [
    'mtls calls',
    ...(outcome === undefined ? [] : ['--outcome', shellWord(outcome)]),
    ...(mappingId === undefined ? [] : ['--mapping', String(mappingId)]),
    ...(code === undefined ? [] : ['--code', shellWord(code)]),
    ...(isFollowed ? ['--follow'] : []),
  ].join(' ')
}

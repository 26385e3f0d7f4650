import { type Answer, nextPageQuery, totalOf } from '@mtls-gateway/client'
import { safeText } from '@mtls-gateway/terminal'
import type { Output } from '../output.ts'

/** `render` of a list with a row for each entry, such as `mappingsCsv`: the output ends the last line itself. */
export function asCsv<Entry>(render: (entries: readonly Entry[]) => string): (entries: readonly Entry[]) => string {
  return (entries) => render(entries).trimEnd()
}

/**
 * A list, or a page of it; stderr says how many there are, and how to get the page after.
 * @param things what the entries are, such as `certificates`; undefined: they are not counted
 */
export function showPage<Entry>(
  page: Answer<readonly Entry[]>,
  output: Output,
  render: (entries: readonly Entry[]) => string,
  things?: string,
): void {
  output.answer(page, render)
  const next = nextPageQuery(page)
  const count = output.json || things === undefined ? undefined : countLine(page, things)
  const more = next && `There are more: repeat the command with --cursor ${safeText(next.cursor ?? '')}.`
  if (count ?? more) output.complain([count, more].filter((line) => line !== undefined).join(' '))
}

function countLine(page: Answer<readonly unknown[]>, things: string): string | undefined {
  const total = totalOf(page)
  const shown = page.body.length
  if (total === undefined || total === 0) return undefined
  if (total === 1) return `1 ${things.replace(/s$/, '')}.`
  return shown < total ? `${shown} of ${total} ${things}.` : `${total} ${things}.`
}

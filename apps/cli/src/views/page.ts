import { type Answer, nextPageQuery } from '@mtls-gateway/client'
import { safeText } from '@mtls-gateway/terminal'
import type { Output } from '../output.ts'

/** A list, or a page of it; stderr says how to get the page after. */
export function showPage<Entry>(
  page: Answer<readonly Entry[]>,
  output: Output,
  render: (entries: readonly Entry[]) => string,
): void {
  output.answer(page, render)
  const next = nextPageQuery(page)
  if (next) output.complain(`There are more: repeat the command with --cursor ${safeText(next.cursor ?? '')}.`)
}

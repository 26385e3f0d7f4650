import type { Account } from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { damaged, type ListName, lists, parseObject, type Records, withRecords } from './account-outline.ts'

/**
 * An account as it was stored before there were blocks: a header (the rest of the account, and how many records of each
 * list follow), then one record a line.
 * @throws StoreError `damaged`
 */
export async function parseLines(text: string, slices: TimeSlices): Promise<Account> {
  const [header = '', ...lines] = text.split('\n')
  const { counts, ...rest } = parseObject(header)
  if (!Array.isArray(counts)) throw damaged('the header has no counts')
  const read: Partial<Record<ListName, readonly object[]>> = {}
  let at = 0
  for (const [index, name] of lists.entries()) {
    const end = at + Number(counts[index])
    const records: object[] = []
    for (; at < end && at < lines.length; at++) {
      records.push(parseObject(lines[at] as string))
      if (slices.isOver) await slices.next()
    }
    if (at !== end) throw damaged('it ends before its last record')
    read[name] = records
  }
  if (at !== lines.length) throw damaged('it has more records than its header says')
  return withRecords(rest, read as Records)
}

import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { z } from 'zod'

/** What every entry of a file of the operator's has: a name for accounts, and who may use it. */
export const commonFields = {
  name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'is not 1 to 64 lower-case letters, digits and hyphens'),
  kind: z.string(),
  description: z.string().min(1).max(200),
  accounts: z.union([z.literal('all'), z.array(z.string().transform(toAccount)).min(1)], {
    error: 'is neither "all" nor a list of accounts',
  }),
} as const

function toAccount(text: string, context: z.RefinementCtx): AccountId {
  try {
    return parseAccountId(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not an account' })
    return z.NEVER
  }
}

export interface ReadEntries<Entry> {
  readonly entries: readonly Entry[]
  /** Each begins with the name of its entry, and holds no value. */
  readonly faults: readonly string[]
}

/**
 * The entries of a file like `{"profiles": [{"name": ...}]}`: every one that is as it has to be, and what is wrong with
 * the others.
 * @param read an entry, or what is wrong with it
 */
export function readEntries<Entry extends { readonly name: string }>(
  text: string,
  list: string,
  read: (entry: Readonly<Record<string, unknown>>) => Entry | readonly string[],
): ReadEntries<Entry> {
  const schema = z.strictObject({ [list]: z.array(z.record(z.string(), z.unknown())) })
  const found = schema.safeParse(parsed(text)).data?.[list]
  if (found === undefined) return { entries: [], faults: [`it is not JSON like {"${list}": [{"name": ...}]}`] }
  const entries: Entry[] = []
  const faults: string[] = []
  for (const [index, entry] of found.entries()) {
    const name = commonFields.name.safeParse(entry.name).data ?? `${list.slice(0, -1)} ${index + 1}`
    const one = read(entry)
    if (isFaults(one)) faults.push(...one.map((fault) => `${name}: ${fault}`))
    else if (entries.some((other) => other.name === name)) faults.push(`${name}: another one has this name`)
    else entries.push(one)
  }
  return { entries, faults }
}

function isFaults(read: unknown): read is readonly string[] {
  return Array.isArray(read)
}

/** Zod's messages name what was expected and what type was found, never a value. */
export function entryFault({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) return `${issue.keys.join(', ')}: there is no such setting`
  const isMissing = code === 'invalid_type' && message.endsWith('undefined')
  return `${path.join('.')} ${isMissing ? 'is required' : message.replace(/^Invalid input: /, 'is wrong: ')}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

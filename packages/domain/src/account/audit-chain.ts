import { canonicalJson } from './canonical-json.ts'

/**
 * An entry of the audit as others see it. The chain is made of all its fields but for `hash`, and for `changeId`, which
 * nobody is shown: so whoever has read the entries can check them.
 */
export interface ChainedEntry {
  readonly revision: number
  /** Hex SHA-256, in lower case. None: a release before the chain has written it. */
  readonly hash?: string | undefined
}

/** Hex SHA-256 of a text as UTF-8. This file also runs where there is no Node. */
export type Sha256 = (text: string) => string

/**
 * The hash of an entry: of the hash before it, a line feed, and its JSON with the keys of each object in order.
 * @param before undefined: this is the first entry of the account
 */
export function chainedHash(
  accountId: string,
  before: ChainedEntry | undefined,
  entry: ChainedEntry,
  sha256: Sha256,
): string {
  return sha256(`${linkOf(accountId, before, sha256)}\n${hashedText(entry)}`)
}

/**
 * `unchained`: it has no hash, so it says nothing of the entries before it; the next one with a hash vouches for it.
 * `gap`: an entry is missing before it. `changed`: it is not as it was written.
 */
export type ChainFinding = 'fits' | 'unchained' | 'gap' | 'changed'

/** Whether an entry follows the one before it. @param before as for {@link chainedHash} */
export function findInChain(
  accountId: string,
  before: ChainedEntry | undefined,
  entry: ChainedEntry,
  sha256: Sha256,
): ChainFinding {
  if (entry.revision !== (before?.revision ?? 0) + 1) return 'gap'
  if (entry.hash === undefined) return 'unchained'
  return entry.hash === chainedHash(accountId, before, entry, sha256) ? 'fits' : 'changed'
}

/** The first entry is chained to its account, so that the trails of two cannot be exchanged. */
function linkOf(accountId: string, before: ChainedEntry | undefined, sha256: Sha256): string {
  if (before === undefined) return accountId
  return before.hash ?? sha256(hashedText(before))
}

function hashedText(entry: ChainedEntry & { readonly changeId?: string }): string {
  const { hash: _, changeId: _id, ...shown } = entry
  return canonicalJson(shown)
}

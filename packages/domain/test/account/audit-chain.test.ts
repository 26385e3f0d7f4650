import { hash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { type ChainedEntry, chainedHash, findInChain } from '../../src/account/audit-chain.ts'

const sha256 = (text: string) => hash('sha256', text)
const account = 'le123'

interface Entry extends ChainedEntry {
  readonly actor?: string
}

function chain(length: number): Entry[] {
  const entries: Entry[] = []
  for (let revision = 1; revision <= length; revision++) {
    const entry = { revision, actor: `a${revision}` }
    entries.push({ ...entry, hash: chainedHash(account, entries.at(-1), entry, sha256) })
  }
  return entries
}

function findings(entries: readonly Entry[], of = account) {
  return entries.map((entry, at) => findInChain(of, entries[at - 1], entry, sha256))
}

describe('the chain of the audit', () => {
  it('is what the documentation says: of the hash before, a line feed, and the JSON in order', () => {
    const first = chainedHash(account, undefined, { actor: 'a', revision: 1 } as Entry, sha256)
    expect(first).toBe(sha256('le123\n{"actor":"a","revision":1}'))
    const second = { revision: 2, fields: ['url', 'a'], idempotency: { request: 'r', key: 'k' }, at: undefined }
    expect(chainedHash(account, { revision: 1, hash: first }, second as Entry, sha256)).toBe(
      sha256(`${first}\n{"fields":["url","a"],"idempotency":{"key":"k","request":"r"},"revision":2}`),
    )
  })

  it('does not depend on the order of keys, nor on what nobody is shown', () => {
    const [one, two] = chain(2) as [Entry, Entry]
    const { revision, actor, hash: own } = two
    expect(findInChain(account, one, { hash: own, actor, revision, changeId: 'c' } as Entry, sha256)).toBe('fits')
  })

  it('shows an entry that was changed, removed or put in the place of another', () => {
    const entries = chain(5)
    expect(findings(entries)).toEqual(Array(5).fill('fits'))
    expect(findings(entries.toSpliced(2, 1, { ...(entries[2] as Entry), actor: 'x' }))).toEqual([
      ...['fits', 'fits', 'changed', 'fits', 'fits'],
    ])
    expect(findings(entries.toSpliced(2, 1))).toEqual(['fits', 'fits', 'gap', 'fits'])
    expect(findings(entries, 'le124')).toEqual(['changed', 'fits', 'fits', 'fits', 'fits'])
  })

  it('shows an entry that was changed with its hash at the one after it', () => {
    const entries = chain(4)
    const changed = { revision: 2, actor: 'x' }
    const forged = { ...changed, hash: chainedHash(account, entries[0], changed, sha256) }
    expect(findings(entries.toSpliced(1, 1, forged))).toEqual(['fits', 'fits', 'changed', 'fits'])
  })

  it('goes on after entries of an older release, and vouches for them', () => {
    const old: Entry[] = [
      { revision: 1, actor: 'a' },
      { revision: 2, actor: 'b' },
    ]
    const next = { revision: 3, actor: 'c' }
    const third = { ...next, hash: chainedHash(account, old[1], next, sha256) }
    expect(findings([...old, third])).toEqual(['unchained', 'unchained', 'fits'])
    expect(findings([old[0] as Entry, { revision: 2, actor: 'x' }, third])).toEqual([
      'unchained',
      'unchained',
      'changed',
    ])
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { configApi, problemCodes } from '@mtls-gateway/contract'
import { root } from '../support/entries.ts'
import { workspaces } from '../support/workspaces.ts'

/** What reads an account only for requests that have their places until they are answered, or for nobody's request. */
const readWithoutTurn = [
  'app-keys/app-key-registry.ts',
  'approvals/approval-registry.ts',
  'certificates/certificate-catalogue.ts',
  'document/document-registry.ts',
  'expiry/expiry.module.ts',
  'handovers/handover-registry.ts',
  'invitations/invitation-registry.ts',
  'mappings/mapping-registry.ts',
  'plans/plan-worker.ts',
  'plans/renewal-plans.ts',
  'propagation/propagation.ts',
  'revocation/revocation.module.ts',
  'runtime/restored-store.ts',
  'settings/settings-registry.ts',
  'signing-keys/signing-key-registry.ts',
  'trusts/trust-registry.ts',
]

const never = new Set([
  'whoAmI',
  'listTokenIssuers',
  'listServices',
  'listIssuers',
  'listSources',
  'downloadIssuerCa',
  'fetchTargetCa',
  'describeInvitation',
  'getJwks',
  'answerAcmeChallenge',
  'getLiveness',
  'getReadiness',
])

function whenTaken(): Map<string, string> {
  const docs = readFileSync(`${root}docs/fair-shares.md`, 'utf8')
  const [, table = ''] = /<!-- account-reads -->\n([\s\S]*?)<!-- \/account-reads -->/.exec(docs) ?? []
  const rows = table.split('\n').slice(2, -1)
  const pairs = rows.flatMap((row) => {
    const [, when = '', by = ''] = row.split('|')
    return [...by.matchAll(/`([A-Za-z0-9]+)`/g)].map(([, id = '']) => [id, when.trim()] as const)
  })
  expect(new Set(pairs.map(([id]) => id)).size).toBe(pairs.length)
  return new Map(pairs)
}

describe('what each operation of config-api takes of account-reads', () => {
  const taken = whenTaken()
  const operations = Object.entries(configApi.operations)

  it('is in docs/fair-shares.md', () => {
    expect([...taken.keys()].sort()).toEqual(operations.map(([id]) => id).sort())
  })

  it.each(operations)('is that of its kind, and it may be turned away: %s', (id, operation) => {
    const when = taken.get(id) ?? ''
    expect(when.startsWith('never')).toBe(never.has(id))
    if (never.has(id)) return
    expect(when.startsWith('until the answer')).toBe(operation.method === 'GET')
    if (operation.changes) expect(when).toContain('for the change')
    expect(problemCodes(operation)).toContain('TOO_MANY_CALLS')
  })

  it('is taken by all that reads an account: others use `readInTurn` or `lookThrough`', () => {
    const own = workspaces.find(({ name }) => name === 'config-api')?.sources ?? []
    const readers = own.filter(({ path }) => /[wW]riter\.read\(/.test(readFileSync(`${root}${path}`, 'utf8')))
    expect(readers.map(({ path }) => path.replace('apps/config-api/src/', '')).sort()).toEqual(readWithoutTurn)
  })
})

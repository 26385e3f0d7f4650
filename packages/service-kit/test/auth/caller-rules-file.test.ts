import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { readCallerRules } from '../../src/auth/caller-rules-file.ts'

let directory: string
let file: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
  file = join(directory, 'rules.json')
})
afterAll(() => rm(directory, { recursive: true }))

async function read(value: unknown) {
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2))
  return readCallerRules(file, new ServiceCatalogue([{ name: 'PAYMENTS', number: '90' }]))
}

async function faultsOf(value: unknown): Promise<readonly string[]> {
  const error: unknown = await read(value).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
  const [first, ...lines] = (error as Error).message.split('\n')
  expect(first).toBe(`CALLER_CERTIFICATE_RULES_FILE (${file}) is not valid:`)
  return lines
}

const when = { san: 'uri', matches: 'spiffe://prod.example/ns/payments/*' }
const good = { when, accounts: ['le1'], scopes: ['forward'] }

describe('the file of rules for client certificates', () => {
  it('says which certificates may what', async () => {
    const rules = await read({
      rules: [
        { ...good, services: ['PAYMENTS', 'IDP'] },
        {
          when: [
            { san: 'dns', matches: '*.Prod.Example' },
            { subject: 'O', matches: 'Acme' },
          ],
          accounts: '*',
          scopes: ['mtls:read', 'mtls:write'],
        },
      ],
    })
    expect(rules).toEqual([
      {
        when: [{ claim: ['uri'], matches: when.matches }],
        accounts: new Set(['le1']),
        scopes: new Set(['forward']),
        services: new Set(['90', '1']),
      },
      {
        when: [
          { claim: ['dns'], matches: '*.prod.example' },
          { claim: ['subject', 'O'], matches: 'Acme' },
        ],
        accounts: '*',
        scopes: new Set(['mtls:read', 'mtls:write']),
        services: undefined,
      },
    ])
  })

  it('tells all that is wrong, with the line of each rule', async () => {
    const { when: _, ...withoutWhen } = good
    const faults = await faultsOf({
      rules: [
        good,
        { ...withoutWhen, when: [] },
        withoutWhen,
        { when: { matches: '*' }, accounts: ['no account!'] },
        { ...good, when: { san: 'uri', subject: 'CN', matches: '*' } },
        { ...good, when: { san: 'email', matches: '*' } },
        { ...good, accountsClaim: 'O' },
        { ...good, services: ['NONE'], scopes: ['mtls:write'] },
      ],
    })
    expect(faults.map((each) => each.replace(/\d+/, 'N'))).toEqual([
      '- line N, rule 2: when is empty',
      '- line N, rule 3: when is required',
      '- line N, rule 4: when.0 needs san or subject',
      '- line N, rule 4: accounts is neither "*" nor a list of accounts',
      '- line N, rule 4: scopes is required',
      '- line N, rule 5: when.0 needs san or subject',
      expect.stringMatching(/^- line N, rule 6: when.0.san /),
      '- line N, rule 7: accountsClaim: there is no such setting',
      '- line N, rule 8: services.0 is neither a built-in service nor one of SERVICES',
      '- line N, rule 8: limits calls to services, so its scopes can only be forward and mtls:read',
    ])
    expect(faults[0]).toContain('line 15,')
  })

  it.each(['', '[]', '{"rules": {}}', '{"rules": []}', '{"issuers": []}'])('is not %j', async (text) => {
    const [fault] = await faultsOf(text)
    expect(fault).toContain('it is not JSON like {"rules": [{"when": ...}]}')
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import { readTokenIssuers } from '../../src/auth/token-issuers-file.ts'

let directory: string
let file: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
  file = join(directory, 'token-issuers.json')
})
afterAll(() => rm(directory, { recursive: true }))

async function read(value: unknown, others?: readonly string[]) {
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2))
  return readTokenIssuers(file, services, others)
}

/** What is wrong with a file, line by line. */
async function faultsOf(value: unknown, others?: readonly string[]): Promise<readonly string[]> {
  const error: unknown = await read(value, others).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
  const [first, ...lines] = (error as Error).message.split('\n')
  expect(first).toBe(`TOKEN_ISSUERS_FILE (${file}) is not valid:`)
  return lines
}

const services = new ServiceCatalogue([{ name: 'PAYMENTS', number: '90' }])
const rules = [{ accounts: ['le1'], scopes: ['forward'] }]
const good = {
  issuer: 'https://login.example',
  jwksUrl: 'https://login.example/jwks',
  audience: 'mtls-gateway',
  rules,
}
const jwk = (key: ReturnType<typeof generateKeyPairSync>['publicKey']) => key.export({ format: 'jwk' })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

describe('the file of token issuers', () => {
  it('has what each issuer is, and what its tokens may', async () => {
    const keys = { keys: [{ ...jwk(ec.publicKey), kid: 'k1' }] }
    const entries = await read({
      issuers: [
        {
          ...good,
          algorithms: ['RS256'],
          type: 'at+jwt',
          rules: [
            {
              when: { claim: 'sub', matches: 'system:serviceaccount:payments:*' },
              accounts: ['le1', 'le2'],
              scopes: ['forward', 'mtls:read'],
              services: ['PAYMENTS', '90', 'IDP'],
            },
            {
              when: [
                { claim: ['kubernetes.io', 'namespace'], matches: 'payments' },
                { claim: 'env', matches: 'prod' },
              ],
              accounts: '*',
              scopeClaim: ['realm', 'roles'],
            },
            { accountsClaim: 'https://login.example/accounts', scopes: ['mtls:read'] },
          ],
        },
        { issuer: 'https://accounts.example', discovery: true, audience: ['a', 'b'], rules },
        { trustDomain: 'prod.example', keys, audience: 'mtls-gateway', rules },
      ],
    })
    expect(entries).toMatchObject([
      {
        name: 'https://login.example',
        keys: { jwksUrl: 'https://login.example/jwks' },
        audience: ['mtls-gateway'],
        algorithms: ['RS256'],
        type: 'at+jwt',
        rules: [
          {
            when: [{ claim: ['sub'], matches: 'system:serviceaccount:payments:*' }],
            accounts: new Set(['le1', 'le2']),
            scopes: new Set(['forward', 'mtls:read']),
            services: new Set(['90', new ServiceCatalogue().resolve('IDP').number]),
          },
          {
            when: [{ claim: ['kubernetes.io', 'namespace'] }, { claim: ['env'] }],
            accounts: '*',
            scopes: { claim: ['realm', 'roles'] },
          },
          { when: [], accounts: { claim: ['https://login.example/accounts'] }, scopes: new Set(['mtls:read']) },
        ],
      },
      { name: 'https://accounts.example', keys: { discoveredAt: 'https://accounts.example' }, audience: ['a', 'b'] },
      { name: 'prod.example', trustDomain: 'prod.example', keys },
    ])
  })

  it('is refused with all of its faults at once, each with its line and issuer, and no secret', async () => {
    const { audience: _, ...withoutAudience } = good
    const { rules: __, ...withoutRules } = good
    const secretKey = { keys: [jwk(ec.privateKey), { kty: 'oct', k: 'aGlkZGVu' }, { kty: 'RSA', n: 'hidden' }] }
    const { jwksUrl: ___, ...withoutKeys } = good
    const limitedAdmin = { accounts: '*', scopes: ['forward', 'mtls:admin'], services: ['IDP'] }
    const limitedByClaim = { accounts: '*', scopeClaim: 'scp', services: ['IDP'] }
    const one = (entry: object, n: number) => ({ ...entry, issuer: `https://${n}.example` })
    const lines = await faultsOf(
      {
        issuers: [
          one(withoutAudience, 1),
          one({ ...good, jwksUrl: 'http://login.example/jwks' }, 2),
          one({ ...good, algorithms: ['HS256', 'none'] }, 3),
          one({ ...good, discovery: true, extra: 'hidden' }, 4),
          one(withoutKeys, 5),
          one({ ...withoutKeys, keys: secretKey }, 6),
          one({ ...good, rules: [{ accounts: ['no account'], scopes: ['all'] }, { when: { claim: 'sub' } }] }, 7),
          one({ ...good, rules: [{ accounts: '*', accountsClaim: 'a', scopes: ['forward'], service: 'IDP' }] }, 8),
          one({ ...good, rules: [] }, 9),
          one({ ...good, rules: [{ ...rules[0], services: ['NOBODY', 'IDP'] }, limitedAdmin, limitedByClaim] }, 11),
          one(withoutRules, 10),
          { ...withoutKeys, issuer: 'kubernetes/serviceaccount', discovery: true },
          { jwksUrl: good.jwksUrl, audience: 'a', rules },
          { ...good, issuer: 'has\u001b[2J controls', audience: '' },
          { trustDomain: 'Prod/Example', jwksUrl: good.jwksUrl, audience: 'a', rules },
          good,
          good,
        ],
      },
      ['https://1.example'],
    )
    const expected = [
      /^- line 3, https:\/\/1\.example: audience is required$/,
      /^- line 3, https:\/\/1\.example: another one has this issuer or trust domain$/,
      /^- line \d+, https:\/\/2\.example: jwksUrl is not an https url/,
      /^- line \d+, https:\/\/3\.example: algorithms\.0 is wrong: expected one of "RS256"/,
      /^- line \d+, https:\/\/3\.example: algorithms\.1 is wrong: expected one of "RS256"/,
      /^- line \d+, https:\/\/4\.example: extra: there is no such setting$/,
      /^- line \d+, https:\/\/4\.example: needs one of jwksUrl, discovery and keys$/,
      /^- line \d+, https:\/\/5\.example: needs one of jwksUrl, discovery and keys$/,
      /^- line \d+, https:\/\/6\.example: keys\.keys\.0 is not a public key as a JWK/,
      /^- line \d+, https:\/\/6\.example: keys\.keys\.1 is not a public key as a JWK/,
      /^- line \d+, https:\/\/6\.example: keys\.keys\.2 is not a public key as a JWK/,
      /^- line \d+, https:\/\/7\.example: rules\.0\.accounts is neither "\*" nor a list of accounts$/,
      /^- line \d+, https:\/\/7\.example: rules\.0\.scopes\.0 is wrong: expected one of "mtls:read"/,
      /^- line \d+, https:\/\/7\.example: rules\.1\.when\.0\.matches is required$/,
      /^- line \d+, https:\/\/7\.example: rules\.1 needs accounts or accountsClaim$/,
      /^- line \d+, https:\/\/7\.example: rules\.1 needs scopes or scopeClaim$/,
      /^- line \d+, https:\/\/8\.example: rules\.0\.service: there is no such setting$/,
      /^- line \d+, https:\/\/8\.example: rules\.0 needs accounts or accountsClaim$/,
      /^- line \d+, https:\/\/9\.example: rules is wrong/,
      /^- line \d+, https:\/\/11\.example: rules\.0\.services\.0 is neither a built-in service nor one of SERVICES$/,
      /^- line \d+, https:\/\/11\.example: rules\.1 limits calls to services, so its scopes can only be/,
      /^- line \d+, https:\/\/11\.example: rules\.2 limits calls to services, so its scopes can only be/,
      /^- line \d+, https:\/\/10\.example: rules is required$/,
      /^- line \d+, kubernetes\/serviceaccount: discovery needs an issuer that is an https url/,
      /^- line \d+, issuer 13: issuer is required, or trustDomain$/,
      /^- line \d+, issuer 14: audience\.0 is wrong/,
      /^- line \d+, Prod\/Example: trustDomain is not the name of a trust domain$/,
      /^- line \d+, https:\/\/login\.example: another one has this issuer or trust domain$/,
    ]
    expect(lines).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(lines[index]).toMatch(pattern)
    expect(lines.join('\n')).not.toMatch(/hidden|aGlkZGVu/)
    const { d } = ec.privateKey.export({ format: 'jwk' })
    expect(lines.join('\n')).not.toContain(d)
  })

  it('tells the lines of issuers, whatever is in the texts before them', async () => {
    const text = ['{', '"issuers": [', '{ "issuer": "a{[\\"\\n{",', '"audience": [{', '}] }, {', '}', ']}'].join('\n')
    expect(new Set((await faultsOf(text)).map((line) => /line \d+/.exec(line)?.[0]))).toEqual(
      new Set(['line 3', 'line 5']),
    )
  })

  it.each([
    ['', /^- line 1: it is not JSON like/],
    ['{"issuers": [\n{"issuer": "a"},\n]}', /^- line 3: it is not JSON like/],
    ['{"issuers": [\n{"issuer": "a"\n\n', /^- line 4: it is not JSON like/],
    ['{"issuers": [\n{"issuer": "a"\n"secret": "hidden"}]}', /^- line 3: it is not JSON like/],
    ['{"issuers": [\n{"secret": hidden}]}', /^- line 2: it is not JSON like/],
    ['[]', /^- it is not JSON like/],
    ['{"issuers": []}', /^- it is not JSON like/],
    ['{"issuers": [1]}', /^- it is not JSON like/],
    ['{"issuers": {}}', /^- it is not JSON like/],
    ['{"issuer": "https://login.example"}', /^- it is not JSON like/],
  ])('is refused if it is %j', async (text, fault) => {
    const lines = await faultsOf(text)
    expect(lines).toEqual([expect.stringMatching(fault)])
    expect(lines.join()).not.toContain('hidden')
  })

  it('is refused if it cannot be read', async () => {
    expect(() => readTokenIssuers(join(directory, 'nowhere'), services)).toThrow(
      /TOKEN_ISSUERS_FILE \(.+\) cannot be read: ENOENT/,
    )
  })

  it('may be any example of the documentation', async () => {
    const text = await readFile(new URL('../../../../docs/tokens.md', import.meta.url), 'utf8')
    const blocks = [...text.matchAll(/```json\n([^`]+)```/g)].map(([, block = '']) => JSON.parse(block))
    const examples = blocks.filter((block) => 'rules' in block || 'issuers' in block)
    expect(examples.length).toBeGreaterThanOrEqual(4)
    for (const example of examples) await read('issuers' in example ? example : { issuers: [example] })
  })
})

import { describe, expect, it } from '@jest/globals'
import { parseAccountId, type Scope } from '@mtls-gateway/domain'
import { type ClaimCondition, JwtVerifier, localTokenKeys, type TokenRule } from '../src/index.ts'
import { audience, issuer, issuerKey, nowMs, nowSeconds, type TestClaims } from './jwt-setup.ts'

const key = await issuerKey('key-1')

/** The claims of a token of a Kubernetes service account, as the API server makes them. */
const kubernetes: TestClaims = {
  iss: issuer,
  aud: ['mtls-gateway', 'https://kubernetes.default.svc'],
  sub: 'system:serviceaccount:payments:checkout',
  exp: nowSeconds + 60,
  'kubernetes.io': { namespace: 'payments', serviceaccount: { name: 'checkout', uid: 'c3b9…' } },
  groups: ['developers', 'payments-admins'],
  email_verified: true,
}

function forServices(...services: string[]): TokenRule {
  return { ...rule([], ['le1'], 'forward'), services: new Set(services) }
}

function rule(when: readonly ClaimCondition[], accounts: string[] | '*', ...scopes: Scope[]): TokenRule {
  return {
    when,
    accounts: accounts === '*' ? '*' : new Set(accounts.map(parseAccountId)),
    scopes: new Set(scopes),
  }
}

async function principalBy(rules: readonly TokenRule[], claims: TestClaims = kubernetes) {
  const keys = localTokenKeys({ keys: [key.jwk] })
  return new JwtVerifier({ keys, issuer, audience, rules, clock: () => nowMs }).verify(await key.sign(claims))
}

async function isMatched(condition: ClaimCondition, claims = kubernetes): Promise<boolean> {
  return principalBy([rule([condition], ['le1'], 'forward')], claims).then(
    () => true,
    ({ refusal }) => {
      expect(refusal).toMatchObject({ reason: 'token-without-rule', caller: expect.stringContaining(issuer) })
      return false
    },
  )
}

describe('a rule of an issuer', () => {
  it.each<[matches: string, sub: string, isMatch: boolean]>([
    ['system:serviceaccount:payments:*', 'system:serviceaccount:payments:checkout', true],
    ['system:serviceaccount:payments:*', 'system:serviceaccount:payments:', true],
    ['system:serviceaccount:payments:*', 'system:serviceaccount:payments-test:checkout', false],
    ['system:serviceaccount:payments:*', 'x system:serviceaccount:payments:checkout', false],
    ['*:checkout', 'a:checkout', true],
    ['*:checkout', 'a:checkout2', false],
    ['repo:acme/*:ref:refs/heads/*', 'repo:acme/shop:ref:refs/heads/main', true],
    ['repo:acme/*:ref:refs/heads/*', 'repo:acme/shop:ref:refs/tags/main', false],
    ['a*bc*c', 'abcc', true],
    ['a*bc*c', 'abc', false],
    ['aba*aba', 'aba', false],
    ['*', 'anything', true],
    ['**', 'anything', true],
    ['exact', 'exact', true],
    ['exact', 'exactly', false],
    // No regular expression.
    ['.+', 'anything', false],
    ['a.c', 'abc', false],
    ['[a-z]*', 'abc', false],
  ])('%s for %s: %s', async (matches, sub, isMatch) => {
    expect(await isMatched({ claim: ['sub'], matches }, { ...kubernetes, sub })).toBe(isMatch)
  })

  it('is quick, however many stars it has', async () => {
    const sub = 'a'.repeat(256)
    const condition = { claim: ['sub'], matches: `${'a*'.repeat(250)}b` } as const
    expect(await isMatched(condition, { ...kubernetes, sub })).toBe(false)
  })

  it('looks at claims within claims, at the entries of lists, and at what is no text', async () => {
    expect(await isMatched({ claim: ['kubernetes.io', 'namespace'], matches: 'payments' })).toBe(true)
    expect(await isMatched({ claim: ['kubernetes.io', 'serviceaccount', 'name'], matches: 'check*' })).toBe(true)
    expect(await isMatched({ claim: ['kubernetes.io', 'serviceaccount', 'name'], matches: 'other' })).toBe(false)
    expect(await isMatched({ claim: ['groups'], matches: '*-admins' })).toBe(true)
    expect(await isMatched({ claim: ['email_verified'], matches: 'true' })).toBe(true)
    expect(await isMatched({ claim: ['exp'], matches: `${nowSeconds + 60}` })).toBe(true)
  })

  it('finds nothing where there is no claim, whatever its name is', async () => {
    const missing: ClaimCondition['claim'][] = [
      ['kubernetes.io/namespace'],
      ['kubernetes.io', 'pod', 'name'],
      ['sub', 'length'],
      ['groups', 'length'],
      ['toString'],
      ['constructor', 'name'],
      ['__proto__', 'constructor', 'name'],
      // An object is no text.
      ['kubernetes.io'],
    ]
    for (const claim of missing) expect(await isMatched({ claim, matches: '*' })).toBe(false)
  })

  it('matches if all of its conditions hold', async () => {
    const namespace: ClaimCondition = { claim: ['kubernetes.io', 'namespace'], matches: 'payments' }
    const name = (matches: string): ClaimCondition => ({ claim: ['kubernetes.io', 'serviceaccount', 'name'], matches })
    const rules = (matches: string) => [rule([namespace, name(matches)], ['le1'], 'forward')]
    await expect(principalBy(rules('checkout'))).resolves.toMatchObject({ accounts: new Set(['le1']) })
    await expect(principalBy(rules('another'))).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
  })

  it('without conditions is for every token', async () => {
    await expect(principalBy([rule([], ['le1'], 'forward')])).resolves.toMatchObject({
      accounts: new Set(['le1']),
      scopes: new Set(['forward']),
    })
  })

  it('is the first one that a token matches, and nothing is added to what it gives', async () => {
    const payments: ClaimCondition = { claim: ['sub'], matches: 'system:serviceaccount:payments:*' }
    const never: ClaimCondition = { claim: ['sub'], matches: 'never' }
    const fromClaims: TokenRule = {
      when: [payments],
      accounts: { claim: ['own', 'accounts'] },
      scopes: { claim: ['scp'] },
    }
    const claims = { ...kubernetes, own: { accounts: ['le3'] }, scp: 'mtls:write other' }
    const [admin, reading] = [rule([never], '*', 'mtls:admin'), rule([], ['le2'], 'mtls:read')]
    await expect(principalBy([admin, fromClaims, reading], claims)).resolves.toMatchObject({
      accounts: new Set(['le3']),
      scopes: new Set(['mtls:write']),
    })
    await expect(principalBy([admin, reading, fromClaims], claims)).resolves.toMatchObject({
      accounts: new Set(['le2']),
      scopes: new Set(['mtls:read']),
    })
  })

  it('may limit calls to services', async () => {
    const unlimited = rule([], ['le2'], 'forward')
    expect((await principalBy([forServices('1', '2'), unlimited])).services).toEqual(new Set(['1', '2']))
    expect((await principalBy([unlimited, forServices('1', '2')])).services).toBeUndefined()
  })
})

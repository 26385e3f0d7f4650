import { expect, it } from '@jest/globals'
import { issuerMatches, shortName } from '../../src/web/ui/handshake/issuer-matches.ts'

const chain = [
  { subject: 'CN=client', issuer: 'CN=Issuing, O=A' },
  { subject: 'CN=Issuing, O=A', issuer: 'CN=Root' },
]

it('joins a certificate with its issuer, which comes first', () => {
  const { issuers, pairs } = issuerMatches(chain, ['CN=Other', 'CN=Issuing,O=A'])
  expect(issuers).toEqual(['CN=Issuing,O=A', 'CN=Other'])
  expect(pairs).toEqual([[0, 0]])
})

it('joins nothing where the target wants others', () => {
  expect(issuerMatches(chain, ['CN=Other']).pairs).toEqual([])
  expect(issuerMatches(chain, []).issuers).toEqual([])
})

it.each([
  ['CN=Client CA, O=Example', 'Client CA'],
  ['O=Example,CN=Client CA', 'Client CA'],
  [String.raw`CN=Acme\, Inc, C=DE`, 'Acme, Inc'],
  ['OU=Class 1, O=Old', 'OU=Class 1, O=Old'],
])('tells %s from others by %s', (name, short) => {
  expect(shortName(name)).toBe(short)
})

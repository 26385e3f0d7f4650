import { expect, it } from '@jest/globals'
import { requestedNames } from '../../src/acme/requested-names.ts'
import { newRequest } from '../support/requests.ts'

it('takes common and alternative names, each once, in the form that servers compare', async () => {
  const csr = await newRequest('CN=Client.Bank.example, O=Bank', [
    { type: 'dns', value: 'client.bank.example' },
    { type: 'dns', value: '*.bank.example' },
    { type: 'ip', value: '192.0.2.7' },
    { type: 'ip', value: '2001:db8:0:0:0:0:0:1' },
  ])
  expect((await requestedNames(csr)).identifiers).toEqual([
    { type: 'dns', value: 'client.bank.example' },
    { type: 'dns', value: '*.bank.example' },
    { type: 'ip', value: '192.0.2.7' },
    { type: 'ip', value: '2001:db8::1' },
  ])
})

it('gives the request as an order is finalized', async () => {
  const csr = await newRequest('', [{ type: 'dns', value: 'client.bank.example' }])
  const der = Buffer.from((await requestedNames(csr)).csr, 'base64url')
  expect(csr.replace(/-----[^-]+-----|\s/g, '')).toBe(der.toString('base64'))
})

it.each([
  ['CN=Client of the bank', [], 'the common name "Client of the bank" is neither'],
  ['', [{ type: 'email', value: 'it@bank.example' }], 'the email "it@bank.example" is neither'],
  ['', [{ type: 'url', value: 'spiffe://bank/client' }], 'the url "spiffe://bank/client" is neither'],
  ['', [{ type: 'dns', value: '192.0.2.7' }], 'the dns "192.0.2.7" is neither'],
  ['', [{ type: 'dns', value: 'a..example' }], 'the dns "a..example" is neither'],
  ['', [{ type: 'dns', value: `${'a.'.repeat(127)}example` }], 'is neither'],
  ['O=Bank', [], 'the request has none'],
] as const)('refuses %j with %j', async (subject, names, sentence) => {
  const csr = await newRequest(subject, [...names])
  await expect(requestedNames(csr)).rejects.toMatchObject({
    code: 'ISSUER_REFUSED',
    message: expect.stringContaining(sentence),
  })
})

it('refuses more names than a server takes', async () => {
  const names = Array.from({ length: 101 }, (_, index) => ({ type: 'dns' as const, value: `client-${index}.example` }))
  const csr = await newRequest('', names)
  await expect(requestedNames(csr)).rejects.toThrow('The request has 101 names, and an ACME CA takes 100 at most.')
})

it('refuses what is no signing request', async () => {
  const csr = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n'
  await expect(requestedNames(csr)).rejects.toMatchObject({ code: 'ISSUER_REFUSED' })
})

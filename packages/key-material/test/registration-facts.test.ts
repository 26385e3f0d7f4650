import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createCa, withTools } from '@mtls-gateway/test-kit'
import { registrationFacts } from '../src/index.ts'
import { openssl, selfSigned } from './support/openssl.ts'

describe('what the owner of a target registers', () => {
  it('has the chain with its root marked, and each certificate as PEM', async () => {
    const root = await createCa({ name: 'Root' })
    const issuing = await root.createIntermediate('Issuing CA')
    const { certificate, chain } = await issuing.issue({ commonName: 'client' })
    const { certificates, subject, issuer } = registrationFacts({ leaf: certificate, chain })
    expect({ subject, issuer }).toEqual({ subject: 'CN=client', issuer: 'CN=Issuing CA' })
    expect(certificates.map(({ subject: of, isRoot }) => [of, isRoot])).toEqual([
      ['CN=client', false],
      ['CN=Issuing CA', false],
      ['CN=Root', true],
    ])
    expect(certificates.map(({ pem }) => new X509Certificate(pem).fingerprint256)).toEqual(
      [certificate, ...chain].map((pem) => new X509Certificate(pem).fingerprint256),
    )
  })
})

withTools(describe, 'openssl')('what the owner of a target registers, as OpenSSL has it', () => {
  it('has serial, thumbprints, subject and key in every form that is asked for', async () => {
    const { certificate } = await selfSigned('prime256v1', ['-subj', '/C=DE/O=Acme/CN=client'])
    const facts = registrationFacts({ leaf: certificate, chain: [] })
    const told = async (...args: readonly string[]) =>
      String(await openssl(['x509', '-in', 'c', '-noout', '-nameopt', 'oneline', ...args], { c: certificate })).trim()
    const hex = (fingerprint: string) => fingerprint.split('=')[1]?.replaceAll(':', '').toLowerCase()
    expect(await told('-subject')).toBe(`subject=${facts.subjectInOrder}`)
    expect(await told('-issuer')).toBe(`issuer=${facts.issuerInOrder}`)
    expect(await told('-serial')).toBe(`serial=${facts.serialNumber.toUpperCase()}`)
    expect(BigInt(facts.serialNumberDecimal).toString(16)).toBe(facts.serialNumber.replace(/^0+/, ''))
    expect(hex(await told('-fingerprint', '-sha1'))).toBe(facts.fingerprintSha1)
    expect(hex(await told('-fingerprint', '-sha256'))).toBe(facts.fingerprintSha256)
    expect(facts.publicKeyPin).toMatch(/^sha256\/[A-Za-z0-9+/]{43}=$/)
    // It has signed itself, and is no root of anything.
    expect(facts.certificates).toMatchObject([{ isRoot: false }])
  })
  it.each(['-5', '0'])('has a serial number like %s, which some CAs give against the rules', async (serial) => {
    const { certificate } = await selfSigned('prime256v1', ['-subj', '/CN=client', '-set_serial', serial])
    const { serialNumber, serialNumberDecimal } = registrationFacts({ leaf: certificate, chain: [] })
    expect([serialNumber.replace(/^(-?)0+(?=.)/, '$1'), serialNumberDecimal]).toEqual([serial, serial])
  })
})

import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { examine } from '../src/examine/examine.ts'
import { IterationBudget } from '../src/pkcs12/iteration-budget.ts'
import { octets, sequence } from './support/der.ts'
import { codes, examineHere, examineP12 } from './support/examine.ts'
import { type FileSpec, p12, password } from './support/files.ts'
import { buildPfx, sha256 } from './support/pkcs12-builder.ts'
import { pbes2, pkcs12Pbe, scrypt } from './support/protections.ts'

describe('iteration counts', () => {
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
  })
  const huge = 2n ** 31n - 1n
  const mac = (iterations: bigint) => ({ mac: { digest: sha256, iterations } })

  const hostile: readonly (readonly [string, FileSpec])[] = [
    ['the MAC', mac(huge)],
    ['the MAC, in nine bytes', mac(2n ** 64n)],
    ['PBMAC1', { mac: { pbmac1: { iterations: huge } } }],
    ['PBES2 of the certificates', { certificates: pbes2({ iterations: huge }) }],
    ['PBES2 of the key', { key: pbes2({ iterations: huge }) }],
    ['PBES1 of the certificates', { certificates: pkcs12Pbe(6, { iterations: huge }) }],
    ['PBES1 of the key', { key: pkcs12Pbe(3, { iterations: huge }) }],
    ['the cost of scrypt', { key: scrypt({ cost: 2 ** 30, blockSize: 1 }) }],
    ['the parallelization of scrypt', { key: scrypt({ cost: 2, parallelization: 2 ** 24 }) }],
    ['the memory of scrypt', { key: scrypt({ cost: 2 ** 18, blockSize: 8 }) }],
    [
      'the sum of MAC and bags',
      { ...mac(2_000_000n), key: pbes2({ iterations: 2_000_000 }), certificates: pbes2({ iterations: 2_000_000 }) },
    ],
  ]

  // each of these would hang OpenSSL and Python; the end of the test shows that nothing was derived
  it.each(hostile)('of 2^31 are refused before any derivation: %s', (_where, spec) => {
    const examination = examineP12(p12(identity, spec), password)
    expect(codes(examination)).toEqual(['P12_TOO_EXPENSIVE'])
    expect(examination.report.problems[0]?.fix).toContain('openssl')
  })

  it.each([
    [5_000_000n, 'are done, as in Java'],
    [5_000_001n, 'are refused'],
  ])('of %s in sum %s', (sum) => {
    const weigh = () => new IterationBudget(5_000_000).add([sum - 1_000n, 600n, 400n])
    if (sum > 5_000_000n) expect(weigh).toThrow(expect.objectContaining({ name: 'Fault' }))
    else expect(weigh).not.toThrow()
  })

  it('of a key inside encrypted contents are weighed once it is known', () => {
    const key = { privateKey: identity.privateKey, protection: pbes2({ iterations: huge }), localKeyId: 'a' }
    const bags = [{ certificate: identity.certificate, localKeyId: 'a' }, key]
    const file = buildPfx({ password, safes: [{ protection: pbes2(), bags }] })
    expect(codes(examineP12(file, password))).toEqual(['P12_TOO_EXPENSIVE'])
  })

  it('below none are damage', () => {
    expect(codes(examineP12(p12(identity, mac(-5n)), password))).toEqual(['P12_DAMAGED'])
    expect(codes(examineP12(p12(identity, { key: pbes2({ iterations: 0 }) }), password))).toEqual(['P12_DAMAGED'])
  })

  it('above an allowance are left to the child for expensive files, with nothing derived', () => {
    const input = { kind: 'pkcs12', bytes: p12(identity, { key: pbes2({ iterations: 600_000 }) }), password } as const
    expect(() => examine(input, { allowance: 500_000, now: new Date() })).toThrow(
      expect.objectContaining({ name: 'NeedsExpensiveChild' }),
    )
  })

  it('of 600,000, as NSS and GnuTLS write by default, are read', () => {
    const { report } = examineP12(p12(identity, { key: pbes2({ iterations: 600_000 }) }), password)
    expect(report).toMatchObject({ readable: true, container: { iterations: 600_000 } })
  })

  it('in PEM are weighed as those in a file', () => {
    const { algorithm, encrypt } = pbes2({ iterations: huge })
    const encrypted = sequence(algorithm, octets(encrypt(Buffer.from('a key'), password))).toString('base64')
    const privateKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${encrypted}\n-----END ENCRYPTED PRIVATE KEY-----\n`
    const input = { kind: 'pem', certificate: identity.certificate, privateKey, passphrase: password } as const
    expect(codes(examineHere(input))).toEqual(['P12_TOO_EXPENSIVE'])
  })
})

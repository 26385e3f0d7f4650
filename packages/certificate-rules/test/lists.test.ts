import { describe, expect, it } from '@jest/globals'
import { element, extension, identifier, makeCertificate, pemOf, sequence, set } from '@mtls-gateway/test-kit'
import {
  checkCertificate,
  checkClientCertificates,
  checkTrustedCas,
  readPemCertificates,
  takesTooManyComparisons,
} from '../src/index.ts'

const names = (count: number) =>
  extension('551d11', sequence(...Array<Buffer>(count).fill(element(0x82, Buffer.from('a')))))
const constraints = (count: number) => {
  const subtree = sequence(element(0x82, Buffer.from('a')))
  return extension('551d1e', sequence(element(0xa0, ...Array<Buffer>(count).fill(subtree))))
}
const email = set(sequence(identifier('2a864886f70d010901'), element(0x16, Buffer.from('a@b'))))
const withExtension = (each: Buffer) => makeCertificate({ extensions: [each] })
const size = (limit: number) => expect.objectContaining({ why: 'size', limit })

describe('CAs that are trusted', () => {
  it('may have the name constraints of companies: some domains, and no IP addresses at all', () => {
    const subtrees = (tag: number, ...values: readonly Buffer[]) =>
      element(tag, ...values.map((value) => sequence(value)))
    const domains = Array.from({ length: 20 }, (_, n) => element(0x82, Buffer.from(`company-${n}.example`)))
    const addresses = [8, 32].map((bytes) => element(0x87, Buffer.alloc(bytes)))
    const value = sequence(subtrees(0xa0, ...domains), subtrees(0xa1, ...addresses))
    const ofCompany = withExtension(extension('551d1e', value))
    expect(checkTrustedCas([ofCompany])).toBe(47)
    expect(checkTrustedCas(Array<Buffer>(8).fill(ofCompany))).toBe(8 * 47)
  })

  it('have no more name constraints than chains of targets can be compared with, each and all together', () => {
    const many = withExtension(constraints(90))
    expect(checkTrustedCas([many, many, makeCertificate()])).toBe(364)
    expect(() => checkTrustedCas([withExtension(constraints(200))])).toThrow(size(400))
    expect(() => checkTrustedCas([many, many, many])).toThrow(size(400))
  })
})

describe('the certificates of a client', () => {
  it('have some hundred names at most, those in the subject among them', () => {
    expect(() => checkClientCertificates([withExtension(names(300)), makeCertificate()])).not.toThrow()
    expect(() => checkClientCertificates([withExtension(names(400))])).toThrow(size(400))
    expect(() => checkClientCertificates([makeCertificate(), withExtension(names(400))])).toThrow(size(400))
    const subject = sequence(...Array<Buffer>(240).fill(email))
    expect(() => checkClientCertificates([makeCertificate({ subject, issuer: sequence() })])).not.toThrow()
  })

  it('have fewer names where they are compared with many name constraints, as no chain is there', () => {
    const [few, many] = [withExtension(names(30)), withExtension(names(100))]
    expect(() => checkClientCertificates([few], 400)).not.toThrow()
    expect(() => checkClientCertificates([many], 400)).toThrow(size(40))
    expect(() => checkClientCertificates([many], 47)).not.toThrow()
    expect(() => checkClientCertificates([many, makeCertificate()], 400)).not.toThrow()
    expect(() => checkClientCertificates([withExtension(names(300))], 0)).not.toThrow()
  })

  it('are of a size that others have as well', () => {
    const long = makeCertificate({ extensions: [extension('2a0304', element(0x04, Buffer.alloc(16_400)))] })
    expect(() => checkClientCertificates([long])).toThrow(size(16_384))
    expect(() => checkClientCertificates([withExtension(names(1_000))])).toThrow(size(1_000))
  })
})

describe('a chain', () => {
  const counted = (made: Parameters<typeof makeCertificate>[0]) => checkCertificate(makeCertificate(made), 'theirs')

  it('has its names compared with the constraints of trusted CAs, and its own', () => {
    const many = counted({ extensions: [names(480)] })
    expect(takesTooManyComparisons([many, many], 40)).toBe(false)
    expect(takesTooManyComparisons([many, many, many], 40)).toBe(true)
    expect(takesTooManyComparisons([many, many, many], 0)).toBe(false)
    expect(takesTooManyComparisons([many, counted({ extensions: [constraints(20)] })], 40)).toBe(false)
    expect(takesTooManyComparisons([many, counted({ extensions: [constraints(30)] })], 40)).toBe(true)
    expect(takesTooManyComparisons([counted({ extensions: [names(90)] })], 400)).toBe(false)
    expect(takesTooManyComparisons([counted({ extensions: [names(100)] })], 400)).toBe(true)
  })

  it('has e-mail addresses in subjects compared, too', () => {
    const subject = sequence(...Array<Buffer>(200).fill(email))
    const constrained = counted({ extensions: [constraints(100)] })
    expect(takesTooManyComparisons([counted({}), constrained], 0)).toBe(false)
    expect(takesTooManyComparisons([counted({ subject }), constrained], 0)).toBe(true)
  })
})

describe('certificates in PEM', () => {
  const der = makeCertificate()
  const pem = pemOf(der)

  it('are read as they are written', () => {
    expect(readPemCertificates(`a text\n${pem}${pem}`)).toEqual([der, der])
  })

  it.each([
    ['nothing', ''],
    ['another label', pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
    ['another label among them', pem + pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['headers', pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n')],
    ['letters of another alphabet', pem.replace('\nM', '\n_')],
    ['an end in the middle', pem.replace('\n', '\nAA==\n')],
    ['half a block', pem.slice(0, 100)],
  ])('are refused where there is %s, which OpenSSL may read otherwise', (_, text) => {
    expect(() => readPemCertificates(text)).toThrow(expect.objectContaining({ why: 'malformed' }))
  })
})

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { element, extension, makeCertificate, named, pemOf, sequence } from '@mtls-gateway/test-kit'
import { describeChain } from '../src/index.ts'
import { readTrustedCas } from '../src/trust/read-trusted-cas.ts'
import { codes, examineHere } from './support/examine.ts'

const constraints = (count: number) =>
  extension('551d1e', sequence(element(0xa1, ...Array<Buffer>(count).fill(sequence(element(0x82, Buffer.from('a')))))))
const names = (count: number) =>
  extension('551d11', sequence(...Array<Buffer>(count).fill(element(0x82, Buffer.from('a')))))

interface Made {
  readonly pem: string
  readonly key: KeyObject
}

interface Asked {
  readonly curve?: string
  readonly paramEncoding?: 'named' | 'explicit'
  readonly extensions?: readonly Buffer[]
  readonly issuer?: { readonly name: string; readonly key: KeyObject }
}

function make(name: string, asked: Asked = {}): Made {
  const { curve = 'prime256v1', paramEncoding = 'named', issuer, extensions = [] } = asked
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve, paramEncoding })
  const der = makeCertificate({
    subject: named(name),
    issuer: named(issuer?.name ?? name),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
    signer: issuer?.key ?? privateKey,
  })
  return { pem: pemOf(der), key: privateKey }
}

const examine = (leaf: Made, ...chain: readonly Made[]) =>
  examineHere({
    kind: 'pem',
    certificate: [leaf, ...chain].map(({ pem }) => pem).join(''),
    privateKey: leaf.key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  })

describe('CA certificates that a mapping trusts', () => {
  const read = (...cas: readonly Made[]) => readTrustedCas(cas.map(({ pem }) => pem).join(''))

  it.each(['secp256k1', 'brainpoolP256r1', 'brainpoolP512r1'])('are not on %s, which Node cannot describe', (curve) => {
    expect(read(make('good'), make('bad', { curve }))).toMatchObject({
      code: 'KEY_TYPE_UNSUPPORTED',
      problem: expect.stringContaining('use P-256, P-384 or P-521'),
    })
  })

  it('have no EC key of parameters of its own', () => {
    expect(read(make('bad', { paramEncoding: 'explicit' }))).toMatchObject({ code: 'KEY_TYPE_UNSUPPORTED' })
  })

  it('have few name constraints, each and together', () => {
    const some = make('some', { extensions: [constraints(120)] })
    expect(read(some)).toHaveProperty('certificates')
    const many = make('many', { extensions: [constraints(200)] })
    for (const cas of [[many], [some, some]]) expect(read(...cas)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 400 })
  })
})

describe('a client certificate', () => {
  it('is refused with a CA above it whose EC key has parameters of its own', () => {
    const ca = make('CA', { paramEncoding: 'explicit' })
    const leaf = make('leaf', { issuer: { name: 'CA', key: ca.key } })
    const examination = examine(leaf, ca)
    expect(examination.report.problems).toMatchObject([
      {
        code: 'KEY_TYPE_UNSUPPORTED',
        message: expect.stringContaining('CN=CA has an EC key with explicit parameters'),
      },
    ])
    expect(examination.material).toBeUndefined()
  })

  it('is taken although a stranger beside it would be refused', () => {
    const stranger = make('stranger', { paramEncoding: 'explicit' })
    expect(codes(examine(make('leaf'), stranger), 'error')).toEqual([])
  })

  it('is refused with more names than a few hundred', () => {
    expect(codes(examine(make('leaf', { extensions: [names(300)] })), 'error')).toEqual([])
    expect(codes(examine(make('leaf', { extensions: [names(500)] })))).toContain('LIMIT_EXCEEDED')
  })

  it('may be on a curve that Node cannot describe, as it is never asked to', () => {
    const ca = make('CA', { curve: 'brainpoolP384r1' })
    const leaf = make('leaf', { curve: 'brainpoolP256r1', issuer: { name: 'CA', key: ca.key } })
    expect(codes(examine(leaf, ca), 'error')).toEqual([])
  })

  it('that was stored before is not read where it would be refused today', () => {
    const stored = { leaf: make('leaf').pem, chain: [make('CA', { paramEncoding: 'explicit' }).pem] }
    expect(() => describeChain(stored, new Date())).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }))
  })
})

import { describe, expect, it } from '@jest/globals'
import { limits } from '@mtls-gateway/contract'
import { fileEntry, jsonEntry } from '../../../src/certificates/upload/read-entries.ts'

const codeOf = (body: unknown) => {
  try {
    jsonEntry(body).read()
  } catch (error) {
    return (error as { code: string }).code
  }
  return undefined
}

describe('a certificate in JSON', () => {
  it('takes bytes as base64, as unsigned and as signed numbers', () => {
    const bytes = Uint8Array.from([0, 127, 128, 255])
    for (const p12 of [Buffer.from(bytes).toString('base64'), [0, 127, 128, 255], [0, 127, -128, -1]]) {
      const { material } = jsonEntry({ name: 'c', p12, password: 'x' }).read()
      expect(material).toMatchObject({ kind: 'pkcs12', password: 'x' })
      expect(material.kind === 'pkcs12' && [...material.bytes]).toEqual([...bytes])
    }
  })

  it('takes PEM with a key instead', () => {
    expect(jsonEntry({ name: 'c', certificate: 'C', privateKey: 'K' }).read().material).toEqual({
      kind: 'pem',
      certificate: 'C',
      privateKey: 'K',
    })
  })

  it('takes an empty ca_chain for none, as generated clients send it', () => {
    expect(jsonEntry({ name: 'c', p12: 'AA==', ca_chain: [] }).read().material).toMatchObject({ kind: 'pkcs12' })
    expect(jsonEntry({ name: 'c', certificate: 'C', privateKey: 'K', ca_chain: [] }).read().material).toMatchObject({
      kind: 'pem',
    })
  })

  it("takes what a PKI engine of Vault answers: its chain, or where there is none the issuer's certificate", () => {
    const issued = { name: 'c', certificate: 'C', private_key: 'K', serial_number: '01' }
    const certificateOf = (more: object) => jsonEntry({ ...issued, ...more }).read().material
    expect(certificateOf({ issuing_ca: 'I', ca_chain: ['I', 'R'] })).toEqual({
      kind: 'pem',
      certificate: 'C\nI\nR',
      privateKey: 'K',
    })
    expect(certificateOf({ issuing_ca: 'I', ca_chain: [] })).toMatchObject({ certificate: 'C\nI' })
    expect(certificateOf({})).toMatchObject({ certificate: 'C', privateKey: 'K' })
  })

  const issued = { name: 'c', certificate: 'C', private_key: 'K', ca_chain: ['I'] }
  it.each([
    [{ ...issued, privateKey: 'K' }, 'VALIDATION_FAILED'],
    [{ ...issued, p12: 'AA==' }, 'VALIDATION_FAILED'],
    [{ ...issued, private_key: undefined }, 'VALIDATION_FAILED'],
    [{ ...issued, certificate: undefined }, 'VALIDATION_FAILED'],
    [{ ...issued, ca_chain: Array(21).fill('I') }, 'LIMIT_EXCEEDED'],
    ['no object', 'VALIDATION_FAILED'],
    [{ name: 'c' }, 'VALIDATION_FAILED'],
    [{ name: '', p12: 'AA==' }, 'VALIDATION_FAILED'],
    [{ name: 'x'.repeat(129), p12: 'AA==' }, 'LIMIT_EXCEEDED'],
    [{ name: 'c', p12: 'AA==', certificate: 'C', privateKey: 'K' }, 'VALIDATION_FAILED'],
    [{ name: 'c', certificate: 'C' }, 'VALIDATION_FAILED'],
    [{ name: 'c', p12: 'no base64!' }, 'VALIDATION_FAILED'],
    [{ name: 'c', p12: [256] }, 'VALIDATION_FAILED'],
    [{ name: 'c', p12: [-129] }, 'VALIDATION_FAILED'],
    [{ name: 'c', p12: Buffer.alloc(limits.file + 1).toString('base64') }, 'LIMIT_EXCEEDED'],
    [{ name: 'c', p12: ' '.repeat(2 * limits.file + 1) }, 'LIMIT_EXCEEDED'],
    [{ name: 'c', p12: 'AA==', password: 'x'.repeat(1_025) }, 'LIMIT_EXCEEDED'],
    [{ name: 'c', id: 'x', p12: 'AA==' }, 'VALIDATION_FAILED'],
  ])('is refused when it is malformed', (body, code) => {
    expect(codeOf(body)).toBe(code)
  })

  it('is told by its name, even where that is the fault', () => {
    expect(jsonEntry({ name: 'c1' }).label).toBe('c1')
    expect(jsonEntry(null).label).toBe('')
    expect(jsonEntry({ name: 'x'.repeat(500) }).label).toHaveLength(128)
  })
})

describe('a certificate by file', () => {
  it('takes name, password and id from the part beside it', () => {
    expect(fileEntry({ name: 'c', password: 'p', id: '9' }, Uint8Array.of(1)).read()).toMatchObject({
      name: 'c',
      id: 9,
      material: { kind: 'pkcs12', password: 'p' },
    })
  })
})

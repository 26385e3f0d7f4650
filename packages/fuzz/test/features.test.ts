import { describe, expect, it } from '@jest/globals'
import { magnitude } from '../engine/magnitude.ts'
import { featuresOf } from '../targets/keys/features.ts'
import { tokenIn } from '../targets/requests/recording-target.ts'
import { fill } from '../targets/requests/template.ts'

type Report = Parameters<typeof featuresOf>[0]

describe('features of a key file', () => {
  const report = (number: number): Report => ({
    readBy: 'pkijs',
    container: {
      cipher: `AES-256-CBC, 1.2.${number}.13, 1.2.840.${number}.9`,
      mac: `PBMAC1-1.2.${number}`,
      prf: null,
      iterations: number,
    },
    problems: [
      {
        severity: 'error',
        code: 'P12_TOO_EXPENSIVE',
        message: `The file asks for ${number} key derivation iterations.`,
      },
      {
        severity: 'error',
        code: 'P12_CIPHER_UNSUPPORTED',
        message: `The file is encrypted with 1.2.${number}.3, which`,
      },
      { severity: 'warning', code: 'CA_EXPIRED', message: `The CA certificate of CN=${number} in the chain expired` },
    ] as Report['problems'],
    ...{
      readable: true,
      keys: [],
      chain: [],
      keyMatchesCertificate: false,
      javaCompliant: false,
      readableByJava: [],
      call: null,
    },
  })

  it('are the same whatever numbers and names the file has', () => {
    const all = Array.from({ length: 2_000 }, (_, at) => featuresOf(report(at * 7_919)))
    expect([...new Set(all.flat())].sort()).toEqual([
      'CA_EXPIRED: The CA certificate o',
      'MAC PBMAC1-another',
      'P12_CIPHER_UNSUPPORTED: The file is encrypte',
      'P12_TOO_EXPENSIVE: The file asks for 0 ',
      'cipher AES-256-CBC',
      'cipher another',
      'read by pkijs',
    ])
  })
})

describe('features that count', () => {
  it('are few', () => {
    const all = Array.from({ length: 10_000 }, (_, count) => magnitude(count))
    expect(new Set(all).size).toBeLessThan(20)
    expect(all.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 4, 4, 4, 8])
  })
})

describe('a token', () => {
  it('is known whatever stands behind it in the url', () => {
    const meaning = {
      base: 'https://127.0.0.1:1',
      path: '/p',
      basePath: '/b',
      appKey: 'a',
      appSecret: 'b',
      targetUrl: 't',
      override: 'o',
    }
    for (const text of ['{url}{host}', '{below}{host}']) {
      const { bytes, tokens } = fill(Buffer.from(text), meaning, 7)
      expect(tokens).toEqual([tokenIn(bytes.toString())])
    }
  })
})

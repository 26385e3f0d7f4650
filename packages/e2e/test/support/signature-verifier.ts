import { constants, createHash, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { expect } from '@jest/globals'
import { flattenedVerify } from 'jose'

/** A request as its target has received it. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly url: string
  /** `[name, value, ...]` */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/**
 * What a target does that wants signed requests, written without the code that signs.
 * @param signer PEM of the certificate that has to have signed, or the key that the target knows without one
 * @returns the names that are signed
 */
export async function expectSigned(request: ReceivedRequest, signer: string | KeyObject): Promise<readonly string[]> {
  const value = (name: string) => fieldOf(request, name)
  const certificate = typeof signer === 'string' ? new X509Certificate(signer) : undefined
  const publicKey = typeof signer === 'string' ? new X509Certificate(signer).publicKey : signer
  const sha256 = createHash('sha256').update(request.body).digest('base64')
  const jws = value('x-jws-signature')
  if (jws !== undefined) {
    const [head = '', payload, signature = ''] = jws.split('.')
    expect(payload).toBe('')
    await flattenedVerify(
      { protected: head, payload: Buffer.from(request.body).toString('base64url'), signature },
      publicKey,
    )
    return []
  }
  const input = value('signature-input')?.replace(/^sig1=/, '')
  if (input !== undefined) {
    const names = [...(/^\((.*?)\)/.exec(input)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
    const origin = `https://${value('host')}`
    const derived = new Map([
      ['@method', request.method],
      ['@target-uri', `${origin}${request.url}`],
      ['@authority', value('host') ?? ''],
    ])
    const lines = names.map((name) => `"${name}": ${derived.get(name) ?? value(name)}\n`)
    const signature = Buffer.from((value('signature') ?? '').replace(/^sig1=:|:$/g, ''), 'base64')
    const isRsa = publicKey.asymmetricKeyType === 'rsa'
    const key = isRsa
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
      : { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
    const text = Buffer.from(`${lines.join('')}"@signature-params": ${input}`)
    expect(verify(isRsa ? 'sha512' : 'sha256', text, key, signature)).toBe(true)
    if (names.includes('content-digest')) expect(value('content-digest')).toBe(`sha-256=:${sha256}:`)
    return names
  }
  const [, names = '', signature = ''] = /,headers="(.*?)",signature="(.*)"$/.exec(value('signature') ?? '') ?? []
  const lines = names.split(' ').map((name) => {
    return `${name}: ${name === '(request-target)' ? `${request.method.toLowerCase()} ${request.url}` : value(name)}`
  })
  expect(value('tpp-signature-certificate')).toBe(certificate?.raw.toString('base64'))
  expect(verify('sha256', Buffer.from(lines.join('\n')), publicKey, Buffer.from(signature, 'base64'))).toBe(true)
  if (names.split(' ').includes('digest')) expect(value('digest')).toBe(`SHA-256=${sha256}`)
  return names.split(' ')
}

/** All values of a field, as a target puts them together. */
function fieldOf({ rawHeaders }: ReceivedRequest, name: string): string | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
  return values.length === 0 ? undefined : values.join(', ')
}

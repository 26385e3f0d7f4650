import { describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { CallSigner } from '../src/load/call-signer.ts'

const credentials = { appKey: 'le123.k_1-a', appSecret: 'secret/with+reserved=characters' }
const url = 'http://127.0.0.1:8081/mtls/account/le123'
const timestamp = 1_700_000_000

function parameter(header: string, name: string): string {
  return decodeURIComponent(new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? '')
}

describe('a signer of many calls', () => {
  it('signs as the library does', () => {
    const signer = new CallSigner({ ...credentials, url })
    for (const method of ['GET', 'POST']) {
      const header = signer.sign(method, timestamp)
      const nonce = parameter(header, 'oauth_nonce')
      const expected = signOAuth1({ ...credentials, method, url, nonce, timestamp })

      expect(parameter(header, 'oauth_signature')).toBe(parameter(expected, 'oauth_signature'))
    }
  })

  it('never uses a nonce twice, nor does another signer', () => {
    const signers = [new CallSigner({ ...credentials, url }), new CallSigner({ ...credentials, url })]
    const nonces = signers.flatMap((signer) =>
      Array.from({ length: 1_000 }, () => parameter(signer.sign('GET', timestamp), 'oauth_nonce')),
    )

    expect(new Set(nonces).size).toBe(2_000)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Principal } from '@mtls-gateway/request-auth'
import { bearerVerification, Secret } from '../../src/index.ts'

const token = `mtlsi_le123.${'i'.repeat(22)}.${'s'.repeat(64)}`
let asked = 0
const issuer = createServer((_request, response) => {
  asked++
  response.end('{"active":false}')
})

beforeAll(() => new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => issuer.close(resolve)))

function configuration() {
  const { port } = issuer.address() as AddressInfo
  return {
    tokenIssuer: 'https://login.example',
    tokenAudience: undefined,
    tokenJwksUrl: undefined,
    tokenType: undefined,
    tokenScopeClaim: 'scope',
    tokenAccountsClaim: 'accounts',
    introspectionUrl: `http://127.0.0.1:${port}/`,
    introspectionClientId: 'id',
    introspectionClientSecret: new Secret('secret'),
    dataDir: '/nowhere',
  }
}

describe('the token of an invitation', () => {
  it('is for nobody else to see: no issuer is asked about it, whether it is accepted or not', async () => {
    const principal: Principal = {
      kind: 'bearer',
      subject: 'invitation',
      accounts: '*',
      scopes: new Set(),
      expiresAtMs: 0,
    }
    const accepting = bearerVerification(configuration(), { verify: async () => principal })
    expect(await accepting.verify(token)).toBe(principal)
    await expect(bearerVerification(configuration()).verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(asked).toBe(0)
    await expect(accepting.verify('of-the-issuer')).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(asked).toBe(1)
  })
})

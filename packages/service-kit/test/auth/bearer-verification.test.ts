import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { ServiceCatalogue } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'
import { startTokenIssuer } from '@mtls-gateway/test-kit'
import { bearerVerification, Secret } from '../../src/index.ts'

const token = `mtlsi_le123.${'i'.repeat(22)}.${'s'.repeat(64)}`
const address = '192.0.2.1'
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
    tokenIssuersFile: undefined,
    services: new ServiceCatalogue(),
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
    const accepting = bearerVerification(configuration(), {
      bulkheads: new Bulkheads(),
      invitations: { verify: async () => principal },
    })
    expect(await accepting.verify(token, address)).toBe(principal)
    await expect(
      bearerVerification(configuration(), { bulkheads: new Bulkheads() }).verify(token, address),
    ).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    })
    expect(asked).toBe(0)
    await expect(accepting.verify('of-the-issuer', address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    expect(asked).toBe(1)
  })
})

describe('tokens that the issuer has to be asked about', () => {
  it('are limited by address, so that invented ones take nothing from callers elsewhere', async () => {
    const bulkheads = new Bulkheads()
    const verifier = bearerVerification(configuration(), { bulkheads })
    const before = asked
    const refusals = Array.from({ length: 200 }, (_, n) => verifier.verify(`invented-${n}`, '2001:db8::1'))
    const codes = Promise.all(refusals.map((each) => each.catch(({ code }) => code)))
    await expect(verifier.verify('another', '2001:db8:0:ff::2')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(verifier.verify('another', '2001:db8:0:100::1')).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    // 32 at once, 40 wait for the first ones to be forgotten, and the others are refused.
    expect((await codes).filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(128)
    expect(asked - before).toBeLessThanOrEqual(73)
  })
})

describe('JWTs beside introspection', () => {
  it('are verified by the keys of their issuer if it is known, and else the endpoint is asked', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
    const tokenIssuersFile = join(directory, 'token-issuers.json')
    const known = await startTokenIssuer()
    const entry = {
      jwksUrl: known.jwksUrl,
      audience: known.audience,
      rules: [{ accounts: ['le1'], scopes: ['forward'] }],
    }
    const issuers = [
      { ...entry, issuer: known.issuer },
      { ...entry, trustDomain: 'prod.example' },
    ]
    await writeFile(tokenIssuersFile, JSON.stringify({ issuers }))
    const parts = { bulkheads: new Bulkheads() }
    const verifier = bearerVerification({ ...configuration(), tokenIssuersFile }, parts)
    try {
      let before = asked
      await expect(verifier.verify(known.jwt(), address)).resolves.toBeDefined()
      const svid = { iss: undefined, sub: 'spiffe://prod.example/a' }
      await expect(verifier.verify(known.jwt(svid), address)).resolves.toBeDefined()
      // Who names an issuer is held to it.
      await expect(verifier.verify(known.jwt({ aud: 'other' }), address)).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      })
      expect(asked).toBe(before)
      const others = [
        known.jwt({ iss: 'https://login.example' }),
        known.jwt({ ...svid, sub: 'spiffe://other.example/a' }),
        'opaque',
        'with.two.dots',
      ]
      for (const each of others) {
        before = asked
        await expect(verifier.verify(each, address)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
        expect(asked).toBe(before + 1)
      }
    } finally {
      verifier.close()
      await known.close()
      await rm(directory, { recursive: true })
    }
  })
})

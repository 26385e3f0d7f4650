import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestTarget } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

describe('signatures of requests, on the command line', () => {
  let target: TestTarget
  let system: SharedSystem
  let tenant: Tenant
  let user: CliUser

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    tenant = await system.newTenant()
    user = (await loggedIn(system, tenant)).user
    await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
    await tenant.saveCertificate('seal', await target.clientCa.issue({ commonName: 'seal', keyType: 'RSA-2048' }))
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const map = (name: string, ...options: string[]) => [
    ...['map', 'c1', '--service-name', 'IDP', '--url', `${target.url}/${name}`, '--name', name],
    ...options,
  ]

  it('are set with a certificate by its name, replaced as a whole, and removed', async () => {
    const of = ['--signature-scheme', 'cavage', '--signature-certificate', 'seal']
    const names = ['--signature-headers', 'digest,date', '--signature-optional-headers', 'psu-id']
    const mapped = await user.done(map('signed', ...of, ...names))
    expect(mapped).toMatch(/^signed +by cavage; with certificate \d+; digest date psu-id$/m)
    const jws = ['--signature-scheme', 'jws', '--signature-unencoded', '--signature-key-id', 'k1']
    const members = ['--signature-protected-header', 'typ=JOSE', '--signature-issued-at', 'iat']
    await user.done(['mappings', 'edit', 'signed', ...jws, ...members])
    const { messageSignature } = JSON.parse(await user.done(['mappings', 'show', 'signed', '--json']))
    const more = { unencodedPayload: true, protectedHeader: { typ: 'JOSE' }, issuedAt: 'iat' }
    expect(messageSignature).toEqual({ scheme: 'jws', keyId: 'k1', ...more })
    const rfc = ['--signature-scheme', 'rfc9421', '--signature-headers', '@method,date']
    expect(await user.done(['mappings', 'edit', 'signed', ...rfc])).toMatch(/^signed +by rfc9421; @method date$/m)
    await tenant.newSigningKey({ use: 'message-signature' })
    const ofAccount = ['mappings', 'edit', 'signed', '--signature-scheme', 'jws', '--signature-signing-key']
    expect(await user.done(ofAccount)).toMatch(/^signed +by jws; with the signing key of the account$/m)
    expect(await user.done(['mappings', 'edit', 'signed', '--remove-signature'])).not.toMatch(/^signed/m)
  })

  it.each([
    [['--signature-headers', 'date'], 2, /needs --signature-scheme/],
    [['--signature-scheme', 'jws', '--signature-protected-header', 'typ'], 2, /is a name, "=" and a value/],
    [
      ['--signature-scheme', 'jws', '--signature-signing-key', '--signature-certificate', 'c1'],
      2,
      /cannot be used with/,
    ],
    [['--signature-signing-key'], 2, /needs --signature-scheme/],
    [['--signature-scheme', 'jws', '--signature-headers', 'date'], 1, /MESSAGE_SIGNATURE_INVALID/],
  ])('are refused with %j', async (options, code, said) => {
    expect(await user.mtls(map('wrong', ...options))).toMatchObject({ code, stderr: expect.stringMatching(said) })
  })
})

import { describe, expect, it } from '@jest/globals'
import {
  CodedError,
  type MappingTrust,
  parseAccountId,
  parseRecordId,
  parseTargetUrl,
  ServiceCatalogue,
  trustKey,
} from '@mtls-gateway/domain'
import type { AccountReader, IdentityReader, TargetSecretReader } from '@mtls-gateway/registry'
import { CertificateChoice, type MappableCall } from '../../../src/forward/certificate/certificate-choice.ts'
import type { MappingTrusts } from '../../../src/forward/certificate/mapping-trusts.ts'

const accountId = parseAccountId('le123')
const url = parseTargetUrl('https://bank.example/').normalised
const noSecrets = {} as TargetSecretReader
const versions = ['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => parseRecordId(letter.repeat(22)))

type Version = (typeof versions)[number] | undefined

/** The needed part of a copy: one mapping to a version of a certificate. */
function copyAt(versionId: Version) {
  const validity = { notBefore: '2020-01-01T00:00:00.000Z', notAfter: '2100-01-01T00:00:00.000Z' }
  const certificate = { id: 1, current: { versionId, keyId: versionId, ...validity } }
  return {
    accountId,
    findMapping: () => ({ enable: true, certificateId: 1 }),
    findCertificate: () => certificate,
  }
}

/** Each look-up of the account finds the next version, up to the last one. Keys before `present` are gone. */
function choiceWith({ last, present }: { last: number; present: number }) {
  let at = 0
  const accounts = {
    get: () => copyAt(versions[at]),
    revalidate: async () => copyAt(versions[at < last ? ++at : at]),
    isRevoked: () => false,
  } as unknown as AccountReader
  const identities = {
    get: async (_: string, { versionId }: { versionId: (typeof versions)[number] }) => {
      if (versions.indexOf(versionId) >= present) return { versionId, privateKey: '', certificates: '' }
      throw new CodedError('CLIENT_KEY_MISSING', 'gone')
    },
  } as unknown as IdentityReader
  const choice = new CertificateChoice(accounts, identities, {} as MappingTrusts, new ServiceCatalogue(), noSecrets)
  return { choose: async () => choice.choose({ accountId, serviceId: '1', url }), looks: () => at }
}

describe('a certificate that is replaced while its key is read', () => {
  it('gives way to the one that is mapped now, and that one to the next', async () => {
    for (const replacements of [1, 2, 3, 4]) {
      const { choose } = choiceWith({ last: replacements, present: replacements })

      expect(await choose()).toMatchObject({ credentials: { versionId: versions[replacements] } })
    }
  })

  it('is missing where the mapping goes on to name it', async () => {
    const { choose } = choiceWith({ last: 0, present: 1 })

    await expect(choose()).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
  })

  it('is given up after four other ones, for no call looks for ever', async () => {
    const { choose, looks } = choiceWith({ last: 5, present: 5 })

    await expect(choose()).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
    expect(looks()).toBe(4)
  })
})

/** `copies` are what one look after the other finds; the last one is found from then on. */
function choiceIn(
  copies: readonly unknown[],
  readIdentity: (version: { versionId: Version }) => unknown,
  call: MappableCall = { accountId, serviceId: '1', url },
  secrets: object = noSecrets,
) {
  let looks = 0
  const look = () => copies[Math.min(looks++, copies.length - 1)]
  const current = () => copies[Math.min(Math.max(looks - 1, 0), copies.length - 1)]
  const reader = { get: look, current, revalidate: async () => look(), isRevoked: () => false }
  const accounts = reader as unknown as AccountReader
  const identities = { get: (_: string, version: { versionId: Version }) => readIdentity(version) }
  const choice = new CertificateChoice(
    accounts,
    identities as unknown as IdentityReader,
    { get: (_: string, trust: MappingTrust) => ({ key: trustKey(trust) }) } as unknown as MappingTrusts,
    new ServiceCatalogue(),
    secrets as unknown as TargetSecretReader,
  )
  return {
    choose: () => choice.choose(call),
    looks: () => looks,
  }
}
const held = ({ versionId }: { versionId: Version }) => ({ versionId, privateKey: '', certificates: '' })

describe('a call', () => {
  const unmapped = (unmappedCalls: 'plain' | 'refuse') => ({ accountId, findMapping: () => undefined, unmappedCalls })

  it('that waits for nothing looks at its account once, mapped or not', () => {
    const mapped = choiceIn([copyAt(versions[0])], held)
    expect(mapped.choose()).toMatchObject({ accountId, credentials: { versionId: versions[0] } })
    expect(mapped.looks()).toBe(1)

    const other = choiceIn([unmapped('refuse')], held)
    expect(other.choose()).toEqual({ accountId, unmapped: 'refuse' })
    expect(other.looks()).toBe(1)
    expect(choiceIn([undefined], held).choose()).toEqual({ accountId, unmapped: 'plain' })
  })

  it('presents the certificate that is mapped after the wait for the key of another', async () => {
    const { choose, looks } = choiceIn([copyAt(versions[0]), copyAt(versions[1])], async (version) => held(version))

    expect(await choose()).toMatchObject({ credentials: { versionId: versions[1] } })
    // When it came, after the wait, and after the wait for the other key.
    expect(looks()).toBe(3)
  })

  it('without a mapping is judged by the state of its account that has none, not by what that becomes', async () => {
    const { choose } = choiceIn([copyAt(versions[0]), unmapped('refuse'), unmapped('plain')], async () => {
      throw new CodedError('CLIENT_KEY_MISSING', 'gone')
    })

    expect(await choose()).toEqual({ accountId, unmapped: 'refuse' })
  })

  it('that has waited for its account has no mapping only if it has none then, and such calls are let through then', async () => {
    const waits = Promise.resolve(unmapped('plain'))
    expect(await choiceIn([waits, unmapped('plain')], held).choose()).toEqual({ accountId, unmapped: 'plain' })
    expect(await choiceIn([waits, unmapped('refuse')], held).choose()).toEqual({ accountId, unmapped: 'refuse' })
    expect(await choiceIn([waits, copyAt(versions[0])], held).choose()).toMatchObject({
      credentials: { versionId: versions[0] },
    })
  })

  it('that has waited for its key goes by its mapping, whatever others make calls with the same certificate', async () => {
    const after = async (copy: unknown) =>
      choiceIn([copyAt(versions[0]), copy], async (version) => held(version)).choose()
    expect(await after(unmapped('plain'))).toEqual({ accountId, unmapped: 'plain' })
    const targetTls = { maxVersion: '1.2' }
    const trusting = {
      ...copyAt(versions[0]),
      findMapping: () => ({ enable: true, certificateId: 1, targetTrust: {} }),
    }
    expect(await after(trusting)).toMatchObject({ trust: { key: trustKey({}) } })
    const offering = { ...copyAt(versions[0]), findMapping: () => ({ enable: true, certificateId: 1, targetTls }) }
    expect(await after(offering)).toMatchObject({ tls: targetTls })
    const disabled = { ...copyAt(versions[0]), findMapping: () => ({ enable: false, certificateId: 1 }) }
    await expect(after(disabled)).rejects.toMatchObject({ code: 'MAPPING_DISABLED' })
  })

  it('is refused if its certificate is another one after each wait, for none chooses for ever', async () => {
    const { choose } = choiceIn(
      versions.map((version) => copyAt(version)),
      async (version) => held(version),
    )

    await expect(choose()).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
  })

  it('that names no service is one of the only mapping, and else has to name one of those of the mappings', () => {
    const mappings = (...serviceIds: string[]) => ({
      ...copyAt(versions[0]),
      unmappedCalls: 'plain',
      findMappings: () => serviceIds.map((serviceId) => ({ enable: true, certificateId: 1, serviceId })),
    })
    const unnamed = { accountId, serviceId: undefined, url }
    expect(choiceIn([mappings('2')], held, unnamed).choose()).toMatchObject({ serviceId: '2' })
    expect(choiceIn([mappings()], held, unnamed).choose()).toEqual({ accountId, unmapped: 'plain' })
    expect(() => choiceIn([mappings('2', '1', '99')], held, unnamed).choose()).toThrow(
      expect.objectContaining({ code: 'SERVICE_NAME_MISSING', details: { services: ['99', 'IDP', 'WEBHOOKS'] } }),
    )
  })
})

describe('a call whose request the account signs', () => {
  const call = { accountId, serviceId: '1', url }
  /** A copy whose active signing key is this one. */
  const signedBy = (kid: string | undefined) => ({
    ...copyAt(versions[0]),
    findMapping: () => ({ enable: true, certificateId: 1, messageSignature: { scheme: 'jws', signingKey: true } }),
    signingKey: () => kid && { kid, algorithm: 'ES256' },
  })
  const secretsOf = (...present: string[]) => ({
    get: async (_: string, kid: string) => (present.includes(kid) ? `key ${kid}` : undefined),
  })

  it('has the key that is active now, also where that of its copy was just deleted', async () => {
    const { choose } = choiceIn([signedBy('old'), signedBy('new')], held, call, secretsOf('new'))
    expect(await choose()).toMatchObject({ signing: { signerId: 'new', signer: { privateKey: 'key new' } } })
  })

  it('has the key that became active while the one before was read', async () => {
    const copies = [signedBy('old'), signedBy('new')]
    const { choose } = choiceIn(copies, held, call, secretsOf('old', 'new'))
    expect(await choose()).toMatchObject({ signing: { signerId: 'new' } })
  })

  it('is refused where there is none, or the store has lost it', async () => {
    const lost = choiceIn([signedBy('old')], held, call, secretsOf())
    await expect(lost.choose()).rejects.toMatchObject({ code: 'SIGNING_KEY_MISSING' })
    expect(() => choiceIn([signedBy(undefined)], held, call, secretsOf()).choose()).toThrow(/signing key/)
  })
})

describe('a call that is about to be sent', () => {
  const accounts = { isRevoked: (_: string, id: string) => id === versions[0] } as unknown as AccountReader
  const choice = new CertificateChoice(
    accounts,
    {} as IdentityReader,
    {} as MappingTrusts,
    new ServiceCatalogue(),
    noSecrets,
  )
  const presenting = (versionId: Version) => ({
    accountId,
    credentials: versionId && { versionId, privateKey: '', certificates: '' },
  })

  it('is refused once its version is revoked', () => {
    const [revoked, other] = versions
    expect(() => choice.refuseRevoked(presenting(revoked))).toThrow(
      expect.objectContaining({ code: 'CLIENT_KEY_MISSING' }),
    )
    expect(() => choice.refuseRevoked(presenting(other))).not.toThrow()
    expect(() => choice.refuseRevoked(presenting(undefined))).not.toThrow()
  })
})

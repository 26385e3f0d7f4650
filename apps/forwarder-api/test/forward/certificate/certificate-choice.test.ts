import { describe, expect, it } from '@jest/globals'
import { CodedError, parseAccountId, parseRecordId, parseTargetUrl } from '@mtls-gateway/domain'
import type { AccountReader, IdentityReader } from '@mtls-gateway/registry'
import { CertificateChoice } from '../../../src/forward/certificate/certificate-choice.ts'
import type { MappingTrusts } from '../../../src/forward/certificate/mapping-trusts.ts'

const accountId = parseAccountId('le123')
const url = parseTargetUrl('https://bank.example/').normalised
const versions = ['A', 'B', 'C', 'D', 'E', 'F'].map((letter) => parseRecordId(letter.repeat(22)))

/** The needed part of a copy: one mapping to a version of a certificate. */
function copyAt(versionId: (typeof versions)[number] | undefined) {
  const validity = { notBefore: '2020-01-01T00:00:00.000Z', notAfter: '2100-01-01T00:00:00.000Z' }
  const certificate = { id: 1, current: { versionId, keyId: versionId, ...validity } }
  return { accountId, findMapping: () => ({ enable: true, certificateId: 1 }), findCertificate: () => certificate }
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
  const choice = new CertificateChoice(accounts, identities, {} as MappingTrusts)
  return { choose: async () => choice.choose(accountId, '1', url), looks: () => at }
}

describe('a certificate that is replaced while its key is read', () => {
  it('gives way to the one that is mapped now, and that one to the next', async () => {
    for (const replacements of [1, 2, 3]) {
      const { choose } = choiceWith({ last: replacements, present: replacements })

      expect(await choose()).toMatchObject({ credentials: { versionId: versions[replacements] } })
    }
  })

  it('is missing where the mapping goes on to name it', async () => {
    const { choose } = choiceWith({ last: 0, present: 1 })

    await expect(choose()).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
  })

  it('is given up after three other ones, for no call looks for ever', async () => {
    const { choose, looks } = choiceWith({ last: 5, present: 5 })

    await expect(choose()).rejects.toMatchObject({ code: 'CLIENT_KEY_MISSING' })
    expect(looks()).toBe(3)
  })
})

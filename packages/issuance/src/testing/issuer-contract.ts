import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { parseAccountId, type RequestKeyType } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { type CheckedIssue, checkIssued } from '../check/check-issued.ts'
import type { IssuanceOrder, Issuer } from '../issuer.ts'
import { IssuerError } from '../issuer-error.ts'
import type { IssuerProfile } from '../issuers.ts'

export interface IssuerUnderTest {
  readonly issuer: Issuer
  /** What its certificates are checked against. */
  readonly profile: Pick<IssuerProfile, 'subject' | 'lifetimeSeconds'>
  /** Whether a repeated order is answered with the same certificate. By default it may be another one. */
  readonly repeats?: boolean
}

const account = parseAccountId('contract')

/**
 * What every issuer must do, as Jest tests. It has to sign for the names `client` and `client.example`.
 *
 * @param open the suite closes the issuer
 */
export function issuerContract(name: string, open: () => Promise<IssuerUnderTest>): void {
  describe(`${name} as an issuer`, () => {
    let under: IssuerUnderTest
    let keyMaterial: KeyMaterialPool
    let orders = 0

    beforeAll(async () => {
      keyMaterial = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
      under = await open()
    })
    afterAll(async () => {
      await under.issuer.close()
      await keyMaterial.close()
    })

    const never = new AbortController().signal

    async function newOrder(keyType: RequestKeyType): Promise<IssuanceOrder> {
      const subjectAltNames = [{ type: 'dns', value: 'client.example' }] as const
      const { csr } = await keyMaterial.makeRequest(account, { keyType, subject: { CN: 'client' }, subjectAltNames })
      return { id: `contract-${process.pid}-${++orders}`, account, csr }
    }

    async function obtain(order: IssuanceOrder): Promise<CheckedIssue> {
      const { issuer, profile } = under
      let issuance = await issuer.issue(order, never)
      while (issuance.state === 'pending') {
        await delay(Math.min(issuance.askAgainInMs ?? 50, 50))
        issuance = await issuer.collect(order, issuance.reference, never)
      }
      const ca = await issuer.ca(account, never)
      return checkIssued(order, issuance, { profile, ca, keyMaterial }, new Date())
    }

    it.each<RequestKeyType>(['EC-P256', 'RSA-2048'])(
      'issues for a key of the type %s, up to its CA',
      async (keyType) => {
        const { facts, chain } = await obtain(await newOrder(keyType))
        expect(facts.clientAuth).not.toBe('absent')
        expect(chain.length).toBeGreaterThan(0)
      },
    )

    it('answers a repeated order with a certificate for the same key', async () => {
      const order = await newOrder('EC-P256')
      const [first, second] = [await obtain(order), await obtain(order)]
      expect(second.facts.spkiSha256).toBe(first.facts.spkiSha256)
      if (under.repeats) expect(second.leaf).toBe(first.leaf)
    })

    it('answers orders that come at once each for its own key', async () => {
      const several = await Promise.all(['EC-P256', 'EC-P256', 'EC-P256'].map(() => newOrder('EC-P256')))
      const issued = await Promise.all(several.map(obtain))
      expect(new Set(issued.map(({ facts }) => facts.fingerprintSha256)).size).toBe(3)
    })

    it('tells that it would issue', async () => {
      await under.issuer.check(never)
    })

    it('ends with the signal', async () => {
      const order = await newOrder('EC-P256')
      await expect(under.issuer.issue(order, AbortSignal.abort())).rejects.toThrow()
    })

    it('refuses what is no signing request', async () => {
      const csr = '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n'
      const order = { id: `contract-${process.pid}-none`, account, csr }
      await expect(under.issuer.issue(order, never)).rejects.toBeInstanceOf(IssuerError)
    })
  })
}

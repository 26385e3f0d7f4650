import { describe, expect, it } from '@jest/globals'
import { CodedError } from '@mtls-gateway/domain'
import type { AccountCa, SignOrder } from '@mtls-gateway/key-material'
import { signRequest } from '@mtls-gateway/key-material/sign-request'
import { type AccountCas, LocalIssuer } from '../../src/index.ts'
import { issuerContract } from '../../src/testing/index.ts'
import { account, newOrder, openKeyMaterial } from '../support/orders.ts'

const never = new AbortController().signal
const coded = (code: string) => expect.objectContaining({ name: 'IssuerError', code })

/** With keys in this process, as only tests may have them. */
async function openCas(): Promise<AccountCas> {
  const keyMaterial = openKeyMaterial()
  const made = new Map<string, Promise<AccountCa>>()
  const caOf = (of: string) => {
    const ca = made.get(of) ?? keyMaterial.makeCa(of, `Client CA of ${of}`)
    made.set(of, ca)
    return ca
  }
  await caOf('contract')
  await caOf(account)
  await keyMaterial.close()
  return {
    find: async (of) => (await caOf(of)).certificate,
    certificate: async (of) => (await caOf(of)).certificate,
    sign: async (of, order: SignOrder) => signRequest(await caOf(of), order),
  }
}

issuerContract('local', async () => {
  const profile = { lifetimeSeconds: 120 }
  return { issuer: new LocalIssuer({ cas: await openCas(), profile }), profile }
})

describe('the local issuer', () => {
  it('does not issue near the end of its CA', async () => {
    const keyMaterial = openKeyMaterial()
    const issuer = new LocalIssuer({ cas: await openCas(), profile: { lifetimeSeconds: 11 * 365 * 86_400 } })
    await expect(issuer.issue(await newOrder(keyMaterial), never)).rejects.toEqual(coded('ISSUER_EXPIRES_SOON'))
    await keyMaterial.close()
  })

  it('is unreachable without the process that signs, and says why', async () => {
    const away = async () => {
      throw new CodedError('PROBER_UNAVAILABLE', 'The prober cannot be reached now.')
    }
    const issuer = new LocalIssuer({ cas: { find: away, certificate: away, sign: away }, profile: {} })
    await expect(issuer.ca(account, never)).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
    await expect(issuer.ca(account, never)).rejects.toThrow('The prober cannot be reached now.')
  })

  it('is waited for until the signal ends it', async () => {
    const hanging = () => new Promise<string>(() => {})
    const issuer = new LocalIssuer({ cas: { find: hanging, certificate: hanging, sign: hanging }, profile: {} })
    await expect(issuer.ca(account, AbortSignal.timeout(20))).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
  })
})

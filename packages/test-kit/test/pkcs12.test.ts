import { describe, expect, it } from '@jest/globals'
import forge from 'node-forge'
import { Agent, request } from 'undici'
import { createCa, makePkcs12, startTestTarget, type TestKeyType } from '../src/index.ts'

const KEY_TYPES: readonly TestKeyType[] = ['EC-P256', 'RSA-2048', 'Ed25519']

describe.each(['aes256', '3des'] as const)('a PKCS#12 file with %s', (algorithm) => {
  it.each(KEY_TYPES)('lets a TLS client present its %s certificate', async (keyType) => {
    const target = await startTestTarget()
    const identity = await target.clientCa.issue({ commonName: 'client', keyType })
    const pfx = Buffer.from(makePkcs12({ identity, password: 'pässword €', algorithm }))
    const dispatcher = new Agent({ connect: { ca: target.ca, pfx, passphrase: 'pässword €' } })
    await (await request(target.url, { dispatcher })).body.dump()
    expect(target.seen[0]?.clientCertificate?.fingerprint256).toBe(identity.fingerprintSha256)
    await dispatcher.destroy()
    await target.close()
  })

  it('holds the whole chain and the friendly name, and opens with its password alone', async () => {
    const intermediate = await (await createCa()).createIntermediate('Intermediate')
    const identity = await intermediate.issue({ commonName: 'client', keyType: 'RSA-2048' })
    const file = forge.asn1.fromDer(
      Buffer.from(makePkcs12({ identity, password: 'right', friendlyName: 'né', algorithm })).toString('binary'),
    )
    const bags = forge.pkcs12.pkcs12FromAsn1(file, 'right').safeContents.flatMap(({ safeBags }) => safeBags)
    expect(bags.map(({ attributes }) => attributes.friendlyName?.[0])).toEqual(['né', undefined, undefined, 'né'])
    expect(bags.map(({ attributes }) => attributes.localKeyId !== undefined)).toEqual([true, false, false, true])
    expect(() => forge.pkcs12.pkcs12FromAsn1(file, 'wrong')).toThrow(/password/)
  })
})

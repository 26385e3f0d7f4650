import { createPrivateKey } from 'node:crypto'
import { createCa } from '@mtls-gateway/test-kit'
import { p12, password } from '../../../key-material/test/support/files.ts'
import { keptFile } from '../../../key-material/test/support/kept-files.ts'
import { sha1 } from '../../../key-material/test/support/pkcs12-builder.ts'
import { pbes2, pkcs12Pbe, scrypt } from '../../../key-material/test/support/protections.ts'
import { p12Case, textCase } from './file-case.ts'

/** Files of every kind. Some hide nothing that is in them, so that mutations reach certificates and keys. */
export async function fileSeeds(): Promise<readonly Buffer[]> {
  const ca = await createCa()
  const intermediate = await ca.createIntermediate('intermediate')
  const ec = await intermediate.issue({ commonName: 'ec' })
  const rsa = await ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' })
  const open = { key: null, certificates: null, mac: null }
  const specs = [
    ...[open, {}, { mac: { pbmac1: {} } }, { certificates: null, mac: null }],
    { key: pkcs12Pbe(3), certificates: pkcs12Pbe(6), mac: { digest: sha1 } },
    { key: scrypt({ cost: 1_024 }), certificates: pbes2({ iterations: 2_048 }) },
  ]
  const files = specs.flatMap((spec) =>
    [ec, rsa].map((each) => p12(each, { ...spec, more: each.chain.map((certificate) => ({ certificate })) })),
  )
  const pairs = [ec, rsa].flatMap(({ certificate, chain, privateKey }) => {
    const key = createPrivateKey(privateKey)
    const encrypted = key
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
      .toString()
    const certificates = [certificate, ...chain].join('')
    const traditional = key
      .export({ type: key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' })
      .toString()
    return [
      textCase('E', certificates, privateKey),
      textCase('E', certificates, encrypted, password),
      textCase('E', certificates, traditional),
      textCase('S', certificates, 'A'.repeat(43)),
    ]
  })
  return [
    ...files.map((file) => p12Case(file, password)),
    p12Case(keptFile('python-none-ec'), ''),
    p12Case(keptFile('keytool17-two-keys'), 'secret'),
    p12Case(keptFile('jks-named'), 'secret'),
    ...pairs,
    textCase('C', ca.certificate, intermediate.certificate + ca.certificate),
  ]
}

import 'reflect-metadata'
import { KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { generateKeyPair } from '../src/key-pair.ts'

/** A request of CN=asked, and the public key of it in DER. */
export async function newRequest(): Promise<{ csr: string; publicKey: Buffer }> {
  const keys = await generateKeyPair('EC-P256')
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=asked',
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'asked.example' }])],
  })
  const publicKey = KeyObject.from(keys.publicKey).export({ type: 'spki', format: 'der' })
  return { csr: request.toString('pem'), publicKey }
}

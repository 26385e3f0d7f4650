import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint, pem, sentUrl } from './fields.ts'
import { callError } from './handshake.ts'
import { targetTlsRequest, targetTrustRequest } from './mapping.ts'

/** Unknown fields are refused. */
export const targetCaRequest = z
  .strictObject({
    url: sentUrl,
    serverName: targetTrustRequest.shape.serverName,
    targetTls: targetTlsRequest.nullish(),
  })
  .meta({
    id: 'TargetCaRequest',
    description: 'A target; `serverName` as in the `targetTrust` of its mapping, and its `targetTls`',
  })
export type TargetCaRequest = z.output<typeof targetCaRequest>

const sentCertificate = z
  .strictObject({
    subject: z.string().meta({ description: 'As RFC 4514 has it, like the issuer' }),
    issuer: z.string(),
    notBefore: dateTime,
    notAfter: dateTime,
    fingerprintSha256: fingerprint,
  })
  .meta({ id: 'SentCertificate' })

export const targetCa = z
  .strictObject({
    url: z.string().meta({ description: 'In its canonical form' }),
    result: z.enum(['found', 'trusted', 'missing', 'failed']).meta({
      description:
        '`found`: `ca` vouches for the target. `trusted`: the target needs no `targetTrust`. `missing`: it sends no CA. `failed`: see `error`',
    }),
    explanation: z.string().meta({ description: 'A sentence: what was found, and what to do' }),
    ca: sentCertificate.extend({ pem }).meta({ id: 'FoundCa' }).nullable().meta({
      description:
        'What a `targetTrust` would trust; null unless `found`. It came from whoever answered: compare its fingerprint with one that you get in another way',
    }),
    chain: z.array(sentCertificate).meta({
      description: 'What the target sent, from its own certificate up, each one issued by the next',
    }),
    error: callError.nullable().meta({ description: 'Why the target can not be trusted, or reached' }),
  })
  .meta({ id: 'TargetCa' })
export type TargetCa = WireOf<typeof targetCa>

export const exampleTargetCa: TargetCa = {
  url: 'https://bank.example/token',
  result: 'found',
  explanation:
    'bank.example:443 comes from the CA "CN=Bank Root", which this gateway does not know. Anybody on the way could have sent it: compare its SHA-256 fingerprint with the one that the target’s owner tells you, before you trust it.',
  ca: {
    subject: 'CN=Bank Root',
    issuer: 'CN=Bank Root',
    notBefore: '2020-01-01T00:00:00.000Z',
    notAfter: '2040-01-01T00:00:00.000Z',
    fingerprintSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    pem: '-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n',
  },
  chain: [
    {
      subject: 'CN=bank.example',
      issuer: 'CN=Bank Root',
      notBefore: '2026-01-01T00:00:00.000Z',
      notAfter: '2027-01-01T00:00:00.000Z',
      fingerprintSha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    },
    {
      subject: 'CN=Bank Root',
      issuer: 'CN=Bank Root',
      notBefore: '2020-01-01T00:00:00.000Z',
      notAfter: '2040-01-01T00:00:00.000Z',
      fingerprintSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  ],
  error: null,
}

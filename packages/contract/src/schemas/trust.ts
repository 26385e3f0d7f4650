import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint, managedBy, pem } from './fields.ts'

const trustedCa = z
  .strictObject({
    subject: z.string().meta({ description: 'As RFC 4514 has it; cut where it is long' }),
    notAfter: dateTime,
    fingerprintSha256: fingerprint,
  })
  .meta({ id: 'TrustedCa' })

export const trust = z
  .strictObject({
    name: z.string().meta({ description: 'Unique in the account' }),
    certificates: z.array(trustedCa).meta({ description: 'In the order in which they were sent' }),
    expiresAt: dateTime.meta({ description: 'When the first of the certificates expires' }),
    mappings: z.int().min(0).meta({ format: 'int32', description: 'How many mappings use it' }),
    managedBy: managedBy.optional(),
  })
  .meta({ id: 'Trust', description: 'A trust list: CAs with a name, by which mappings trust their targets' })
export type Trust = WireOf<typeof trust>

export const trustDetails = trust
  .extend({ caCertificates: pem.meta({ description: 'PEM of the CAs. Empty: the store has lost them' }) })
  .meta({ id: 'TrustDetails' })
export type TrustDetails = WireOf<typeof trustDetails>

/** Unknown fields are refused: targets would be verified by other certificates than intended. */
export const trustRequest = z
  .strictObject({
    caCertificates: z
      .string()
      .meta({ maxLength: limits.file, description: 'PEM, at most 10 certificates; they replace those of before' }),
  })
  .meta({ id: 'TrustRequest' })
export type TrustRequest = z.output<typeof trustRequest>

/** To a request that was made before. */
export const deletedTrust = z.strictObject({ name: z.string(), deleted: z.literal(true) }).meta({ id: 'DeletedTrust' })

const exampleTrust: Trust = {
  name: 'bank-ca',
  certificates: [
    {
      subject: 'CN=Bank Root',
      notAfter: '2040-01-01T00:00:00.000Z',
      fingerprintSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  ],
  expiresAt: '2040-01-01T00:00:00.000Z',
  mappings: 12,
}

export const exampleTrustDetails: TrustDetails = {
  ...exampleTrust,
  caCertificates: '-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n',
}

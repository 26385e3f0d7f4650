import { requestKeyTypes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { certificate } from './certificate.ts'
import { gone, pem, printablePattern, sentName } from './fields.ts'

const printable = /^(?=.*\S)\P{Cc}+$/u

/** What stands in a certificate, of at most so many characters (X.520, upper bounds of RFC 5280, appendix A.1). */
function part(max: number) {
  return z
    .string()
    .max(max)
    .refine((text) => printable.test(text), 'must not be empty or have control characters')
    .meta({ pattern: printablePattern })
    .optional()
}

const subject = z
  .strictObject({
    commonName: part(64),
    organization: part(64),
    organizationalUnit: part(64),
    locality: part(128),
    state: part(128),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be the two capital letters of ISO 3166')
      .optional(),
  })
  .meta({ id: 'RequestedSubject', description: 'At least one of its fields', minProperties: 1 })

const keyType = z.enum(requestKeyTypes).default('RSA-2048')
const subjectAltNames = z.array(z.string().max(limits.subjectAltName)).max(limits.subjectAltNames).meta({
  description: 'Host names, addresses, mail addresses and URIs; each may begin with `DNS:`, `IP:`, `email:` or `URI:`',
})

/**
 * A renewal, which has its certificate's name. Unknown fields are refused: the certificate would lack a misspelt one.
 */
export const renewalRequest = z
  .strictObject({ keyType, subject: subject.optional(), subjectAltNames: subjectAltNames.optional() })
  .default({ keyType: 'RSA-2048' })
  .meta({
    id: 'RenewalRequest',
    description: 'Subject and names that are left out are those of the version in use; an empty list asks for no names',
  })
export type RenewalRequest = z.output<typeof renewalRequest>

export const signingRequest = z
  .strictObject({ name: sentName, keyType, subject, subjectAltNames: subjectAltNames.default([]) })
  .meta({ id: 'SigningRequest' })
export type SigningRequest = z.output<typeof signingRequest>

/** A certificate that waits for its signature, and what is to be signed. */
export const requestedCertificate = z
  .strictObject({ certificate, csr: pem.meta({ description: 'PKCS#10 as PEM' }) })
  .meta({ id: 'RequestedCertificate' })

/** To a request that was made before. The signing request is made with the private key, which nobody reads for this. */
export const repeatedRequestedCertificate = z.strictObject({
  certificate: z.union([certificate, gone]),
  csr: z.null(),
})

/** The signed certificate as JSON, for clients that send no other type. */
export const signedCertificate = z
  .strictObject({
    certificate: pem.meta({ maxLength: limits.file, description: 'The leaf and its chain as PEM, in any order' }),
  })
  .meta({ id: 'SignedCertificate' })

export type RequestedCertificate = WireOf<typeof requestedCertificate>

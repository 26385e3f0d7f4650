import { planStates } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import { certificateStatus } from './certificate.ts'
import { sentId, sentName, sentSearch, sentTime } from './fields.ts'
import { entriesByIds, pageQuery, sortBy } from './page.ts'

/**
 * Base64, or a list of bytes. A long list is read by hand: a fault for each byte would be too many. The documents have
 * base64 as the type, because clients generated for Java don't compile where a list is one of two alternatives.
 */
const p12 = (z.unknown() as z.ZodType<unknown, string | readonly number[]>).optional().meta({
  description: 'A PKCS#12 file as base64. A list of bytes, signed ones included, is taken as well, as Java writes them',
  type: 'string',
  contentEncoding: 'base64',
  contentMediaType: 'application/x-pkcs12',
  maxLength: limits.base64File,
  pattern: String.raw`^[A-Za-z0-9+/_ \t\r\n-]*={0,2}[\r\n]*$`,
})

/** Validators know it, and generated clients pass over it: alternatives would make a class of each. */
const oneMaterial = {
  if: { required: ['p12'] },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
  then: {
    not: {
      anyOf: [
        ...['certificate', 'privateKey', 'passphrase', 'issuing_ca'].map((name) => ({ required: [name] })),
        { required: ['ca_chain'], properties: { ca_chain: { minItems: 1 } } },
      ],
    },
  },
  else: { required: ['certificate', 'privateKey'] },
}

const password = z.string().max(limits.password).optional()

/** Key and certificate as PEM. */
export const pemUpload = {
  certificate: z.string().max(limits.file).optional().meta({ description: 'PEM: the leaf, then its chain' }),
  privateKey: z.string().max(limits.file).optional().meta({ description: 'PEM' }),
  passphrase: password.meta({ description: 'Of an encrypted `privateKey`' }),
}

/** What a PKI engine of Vault or OpenBao answers beside the certificate that it issues. */
const issuedByVault = {
  /** Instead of `privateKey`, which has the same name in clients generated for Go, Java and Python. */
  private_key: z.string().max(limits.file).optional().meta({ undocumented: true }),
  ca_chain: z.array(z.string().max(limits.file)).max(limits.caChain).optional().meta({ description: 'PEM each' }),
  issuing_ca: z.string().max(limits.file).optional().meta({ description: 'PEM, where there is no `ca_chain`' }),
}

const upload = { name: sentName.optional(), id: sentId.optional(), password, p12, ...pemUpload, ...issuedByVault }

/**
 * Key and certificate as clients send them: a PKCS#12 file with its password, PEM, or Vault's answer. Unknown fields
 * are ignored: clients put back what they got.
 */
export const certificateUpload = z.object(upload).meta({
  id: 'CertificateUpload',
  description:
    'One of: `p12` with its `password`; `certificate` and `privateKey` as PEM; the `data` that `vault write pki/issue/...` answers (`certificate`, `private_key`, `ca_chain`)',
  ...oneMaterial,
})
export type CertificateUpload = z.output<typeof certificateUpload>

/** The JSON part beside an uploaded file. */
export const certificatePart = z
  .object({ name: upload.name, id: upload.id, password })
  .meta({ id: 'CertificatePart', description: 'What goes with an uploaded file' })
export type CertificatePart = z.output<typeof certificatePart>
export const newCertificatePart = certificatePart.required({ name: true }).meta({ id: 'CertificatePartToCreate' })
export const replacedCertificatePart = certificatePart.required({ id: true }).meta({ id: 'CertificatePartToReplace' })

/** Those to create. */
export const newCertificates = z
  .array(certificateUpload.required({ name: true }).meta({ id: 'CertificateToCreate', ...oneMaterial }))
  .min(1)
  .max(limits.certificates)

/** Those to replace, by their ids. */
export const replacedCertificates = z
  .array(certificateUpload.required({ id: true }).meta({ id: 'CertificateToReplace', ...oneMaterial }))
  .min(1)
  .max(limits.certificates)

/** A month of expiry. */
const monthPattern = /^[0-9]{4}-(0[1-9]|1[0-2])$/

/** Which certificates of an account are asked for. */
export const certificateFilters = z.object({
  clientAuth: z.enum(['present', 'absent', 'unrestricted']).optional().meta({
    description:
      'By the extended key usage for client authentication. Public CAs stop issuing it, so a renewed certificate may be `absent` and no longer work as a client certificate',
  }),
  expiringWithinDays: z.coerce.number<number>().int().min(0).max(limits.expiringWithinDays).optional().meta({
    description:
      'Certificates that have expired or will within so many days. Without `sort`, those with most traffic come first, and `limit` has no next page',
  }),
  expiresIn: z
    .string()
    .regex(monthPattern, 'must be a month such as 2027-01')
    .optional()
    .meta({ description: 'Certificates that expire in this month, in UTC', examples: ['2027-01'] }),
  issuer: z
    .string()
    .max(limits.search)
    .optional()
    .meta({
      description: 'Certificates of exactly this issuer, as RFC 4514 has it and certificates state it',
      examples: ['CN=Example CA'],
    }),
  issuedBefore: sentTime.optional().meta({
    description:
      'Certificates whose version in use came before this time: with `issuer`, what is left of a replacement (docs/fleet.md)',
  }),
  keyType: z
    .string()
    .max(limits.search)
    .optional()
    .meta({ description: 'Certificates with such a key: `RSA-2048`, `EC-P256`, `Ed25519`, ...' }),
  revoked: z.enum(['true', 'false']).optional().meta({
    description: 'Certificates that their issuers have revoked, as far as that is known, or all others',
  }),
  search: sentSearch
    .optional()
    .meta({ description: 'Certificates with this in their name or subject, in either case' }),
  plan: z
    .enum(['none', 'any', 'waiting', 'failing', ...planStates])
    .optional()
    .meta({
      description:
        'By renewal plan: certificates without one (`none`), with `any`, with one that is `waiting` for a person or whose next step is `failing`, or with another one in this state',
    }),
  status: certificateStatus.optional().meta({ description: 'Certificates with this status' }),
  ids: entriesByIds('Certificates'),
})
export type CertificateFilters = z.output<typeof certificateFilters>

/** The query of the list of certificates. */
export const certificateQuery = z.object({ ...pageQuery, ...certificateFilters.shape, sort: sortBy('they expire') })
export type CertificateQuery = z.output<typeof certificateQuery>

import { tlsVersions } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { SentAs, WireOf } from '../wire.ts'
import {
  dateTime,
  id,
  managedBy,
  pem,
  sentId,
  sentName,
  sentNumber,
  sentSearch,
  sentService,
  sentSiteId,
  sentUrl,
  siteId,
  trustNamePattern,
} from './fields.ts'
import { messageSignature, messageSignatureRequest } from './message-signature.ts'
import { entriesByIds, pageQuery, sortBy } from './page.ts'
import { targetAuth, targetAuthRequest } from './target-auth.ts'

const pin = z.string().meta({
  description: 'SHA-256 of a public key',
  pattern: '^sha256/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$',
  examples: ['sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
})

const serverName = z.string().meta({
  pattern: String.raw`^([A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.)*[A-Za-z_][A-Za-z0-9_-]{0,62}$`,
  maxLength: 253,
  description: 'A host name, sent as SNI and expected in the certificate',
})

export const targetTrust = z
  .strictObject({
    caCertificates: pem.optional().meta({
      description:
        'PEM of the CAs that the target is trusted by, instead of the system’s. Empty: the store has lost them',
    }),
    trust: z.string().optional().meta({ description: 'The trust list whose CAs the target is trusted by' }),
    spkiPins: z.array(pin).optional(),
    serverName: z.string().optional().meta({ description: 'Sent as SNI, and expected in the certificate' }),
  })
  .meta({ id: 'TargetTrust', description: 'How a target is trusted' })

export const targetTls = z
  .strictObject({
    minVersion: z.enum(tlsVersions).optional(),
    maxVersion: z.enum(tlsVersions).optional(),
    legacyRenegotiation: z.literal(true).optional().meta({ description: 'The target may lack RFC 5746' }),
    ciphers: z.array(z.string()).optional().meta({ description: 'All that are offered, by OpenSSL’s names' }),
    groups: z.array(z.string()).optional().meta({ description: 'All that are offered for the key exchange' }),
  })
  .meta({ id: 'TargetTls', description: 'What is offered to a target in the TLS handshake' })

export const answerTimeoutSeconds = z.int().min(1).max(limits.answerTimeoutSeconds).meta({
  format: 'int32',
  description: 'How long the target may take to answer. Without it, as long as the operator has set',
})

const lastCalls = z
  .strictObject({
    succeededAt: dateTime.nullable().meta({ description: 'Null: not within 90 days' }),
    failedAt: dateTime.nullable().meta({ description: 'Null: not within 90 days' }),
    failureCode: z.string().nullable().meta({
      description: 'Why the last one failed, as `transportCode` of a recent call; null: the target answered with 5xx',
    }),
    failuresInARow: z.int().min(0).meta({ format: 'int32', description: 'Since the last success' }),
  })
  .meta({
    id: 'LastCalls',
    description: 'How the last calls by the mapping went, late by some seconds',
  })

/** A mapping, misspelling included: (account, service, url) to a certificate. */
export const mapping = z
  .strictObject({
    id,
    deleted: z.boolean(),
    url: z.string().meta({ description: 'In its canonical form, perhaps a pattern (docs/mappings.md)' }),
    enable: z.boolean(),
    serviceId: z.string().meta({ description: "The service's number" }),
    siteId,
    name: z.string().meta({ description: 'Unique in the account' }),
    certificationId: z.string().meta({ description: 'The id of its certificate' }),
    targetTrust: targetTrust.optional(),
    targetTls: targetTls.optional(),
    targetAuth: targetAuth.optional(),
    messageSignature: messageSignature.optional(),
    answerTimeoutSeconds: answerTimeoutSeconds.optional(),
    managedBy: managedBy.optional(),
    lastCalls: lastCalls.optional().meta({
      description: 'In answers to GET, if there were calls within 90 days; missing also while that can not be known',
    }),
  })
  .meta({ id: 'Mapping', description: 'A url of a service that is called with a certificate' })

export type Mapping = WireOf<typeof mapping>
export type LastCalls = WireOf<typeof lastCalls>
export type TargetTrust = WireOf<typeof targetTrust>
export type TargetTls = WireOf<typeof targetTls>

/** As clients send it. A misspelt field is refused: the target would be verified by less than intended. */
export const targetTrustRequest = z
  .strictObject({
    caCertificates: z.string().nullish().meta({ maxLength: limits.file, description: 'PEM, at most 10 certificates' }),
    trust: z
      .string()
      .nullish()
      .meta({
        pattern: trustNamePattern,
        description: 'A trust list of the account, instead of `caCertificates`',
        examples: ['bank-ca'],
      }),
    spkiPins: z.array(pin).max(limits.spkiPins).nullish(),
    serverName: serverName.nullish(),
  })
  .meta({
    id: 'TargetTrustRequest',
    description: 'At least one of its fields; `targetTrust: null` removes it',
  })
export type TargetTrustRequest = z.output<typeof targetTrustRequest>

const tlsVersion = z.enum(tlsVersions, {
  error: 'Expected "1.2" or "1.3": the security level of this gateway’s OpenSSL has no older versions of TLS',
})
const tlsName = z.string().meta({ pattern: '^[A-Za-z0-9_-]+$', maxLength: limits.tlsName })

/** As clients send it. A misspelt field is refused: the target would be offered something else than intended. */
export const targetTlsRequest = z
  .strictObject({
    minVersion: tlsVersion.nullish().meta({ description: 'The lowest version that is offered' }),
    maxVersion: tlsVersion.nullish().meta({ description: 'The highest version that is offered' }),
    legacyRenegotiation: z.boolean().nullish().meta({
      description: 'True: the target may lack secure renegotiation (RFC 5746)',
    }),
    ciphers: z
      .array(tlsName)
      .max(limits.tlsCiphers)
      .nullish()
      .meta({
        description:
          'All that are offered, by OpenSSL’s names, the preferred one first. A version without any is not offered',
        examples: [['ECDHE-RSA-AES128-GCM-SHA256']],
      }),
    groups: z
      .array(tlsName)
      .max(limits.tlsGroups)
      .nullish()
      .meta({
        description: 'All that are offered for the key exchange, the preferred one first',
        examples: [['X25519', 'P-256']],
      }),
  })
  .meta({ id: 'TargetTlsRequest', description: 'At least one of its fields; `targetTls: null` removes it' })
export type TargetTlsRequest = z.output<typeof targetTlsRequest>

/** As clients send it. Unknown fields are ignored: clients put back what they got. */
export const mappingRequest = z
  .object({
    id: sentId.optional(),
    name: sentName.optional(),
    url: sentUrl.optional(),
    serviceId: sentService.optional(),
    certificationId: sentId.optional(),
    enable: z.boolean().optional().meta({ description: 'True for a new one that does not say' }),
    deleted: z.boolean().optional().meta({ description: 'True in an update deletes it' }),
    siteId: sentSiteId.optional(),
    targetTrust: targetTrustRequest.nullish(),
    targetTls: targetTlsRequest.nullish(),
    targetAuth: targetAuthRequest.nullish(),
    messageSignature: messageSignatureRequest.nullish(),
    answerTimeoutSeconds: answerTimeoutSeconds.nullish(),
  })
  .meta({ id: 'MappingRequest', description: 'What an update leaves out stays as it is' })
export type MappingRequest = z.output<typeof mappingRequest>

const newMapping = mappingRequest
  .required({ name: true, url: true, serviceId: true, certificationId: true })
  .omit({ deleted: true })
  .meta({ id: 'MappingToCreate' })
export type NewMapping = SentAs<typeof newMapping>

/** The mappings of a request, each with what `mappingRequest` takes; the documents name what each needs. */
export const mappingRequests = z.array(mappingRequest).min(1).max(limits.mappings)
export const newMappings = z.array(newMapping).min(1).max(limits.mappings)
export const updatedMappings = z
  .array(mappingRequest.required({ id: true }).meta({ id: 'MappingToUpdate' }))
  .min(1)
  .max(limits.mappings)

/** The query of the list of mappings. All that is given must fit. */
export const mappingQuery = z.object({
  ...pageQuery,
  search: sentSearch.optional().meta({ description: 'Mappings with this in their name or url, in either case' }),
  service: z
    .string()
    .optional()
    .meta({ description: 'Mappings of this service, by name or number', examples: ['IDP'] }),
  certificateId: sentNumber(1).optional().meta({ description: 'Mappings to this certificate' }),
  enable: z.enum(['true', 'false']).optional().meta({ description: 'Mappings that are enabled, or not' }),
  ids: entriesByIds('Mappings'),
  sort: sortBy('their certificate expires'),
})
export type MappingQuery = z.output<typeof mappingQuery>

export const exampleMapping: Mapping = {
  id: 4_569_253_110,
  deleted: false,
  url: 'https://bank.example/token',
  enable: true,
  serviceId: '1',
  siteId: 'le123',
  name: 'm1',
  certificationId: '2628739923',
}

export const exampleNewMapping: NewMapping = {
  name: 'm1',
  certificationId: '2628739923',
  serviceId: 'IDP',
  url: 'https://bank.example/token',
  enable: true,
}

import { revocationSources, versionDifferenceCodes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint, id, managedBy, sentId, siteId } from './fields.ts'
import { clientCertificateOutcome } from './handshake.ts'
import { plan } from './plan.ts'

/** A schema without a description of its own: as a filter it has another one. */
export const certificateStatus = z.enum(['Available', 'UnAvailable', 'Expired', 'PendingSignature'])

const status = certificateStatus.meta({
  description:
    '`UnAvailable`: the store has lost the private key, so upload the certificate again. `PendingSignature`: the key was made here and waits for its certificate',
})

const clientAuth = z.enum(['present', 'absent', 'unrestricted'])

/** A version that is not in use. */
const idleVersion = z.strictObject({
  status,
  fingerprintSha256: fingerprint.nullable(),
  expirationDate: dateTime.nullable(),
  createdAt: dateTime,
})

const probedUrl = z
  .strictObject({
    url: z.string(),
    mappingId: id.nullable().meta({
      description:
        'One of the mappings that it was tried for: where mappings trust their targets differently, a url is tried once for each trust. Null where an older version probed',
    }),
    result: z.enum(['ok', 'failed']),
    status: z.int().nullable().meta({ format: 'int32', description: "The target's answer over HTTP" }),
    clientCertificate: clientCertificateOutcome,
    code: z.string().nullable().meta({ description: 'Why it failed (docs/errors.md)' }),
  })
  .meta({ id: 'ProbedUrl' })

const lastProbe = z
  .strictObject({
    at: dateTime,
    ok: z.boolean(),
    results: z.array(probedUrl).max(limits.probedUrls).meta({
      description: 'By url: those that failed first, then doubtful ones; their urls have at most 16 KiB in sum',
    }),
    omitted: z.int().min(0).meta({ description: 'Urls that were tried beside those of `results`' }),
  })
  .meta({ id: 'LastProbe' })

/** In what the next version is not a usual renewal of the one in use. */
export const versionDifference = z
  .strictObject({
    code: z.enum(versionDifferenceCodes).meta({
      enum: undefined,
      description: 'What a promotion accepts it by (docs/rotation.md)',
      examples: ['SUBJECT_DIFFERS'],
    }),
    message: z.string().meta({ description: 'What it is, as a sentence about the next version' }),
    from: z.string().meta({ description: 'The value of the version in use until then; names are separated by commas' }),
    to: z.string().meta({ description: 'The value of the next version' }),
  })
  .meta({ id: 'VersionDifference' })

export const stagedVersion = idleVersion
  .extend({
    keyType: z.string().optional().meta({ description: 'While the version waits for its signature' }),
    subject: z.string().optional().meta({ description: 'While the version waits for its signature' }),
    lastProbe: lastProbe.nullable().meta({
      description: 'How its last probe of every mapped url ended, and what it found; null: there was none',
    }),
    differences: z.array(versionDifference).optional().meta({
      description:
        'In what it differs from the version in use, beyond a usual renewal: a promotion has to accept each. In answers to requests that get one certificate or stage its next version; absent while that waits for its signature, and where the request is repeated',
    }),
  })
  .meta({ id: 'StagedVersion', description: 'The next version of a certificate, not yet in use' })

const previousVersion = idleVersion
  .extend({
    replacedAt: dateTime,
    differences: z.array(versionDifference).optional().meta({
      description:
        'In what the version in use differs from this one, beyond a usual renewal. In the answer to the request that replaced it at once',
    }),
  })
  .meta({ id: 'PreviousVersion', description: 'The version of a certificate before, kept for 30 days' })

/** Where a mapping can stand in a promotion. */
const promotionStates = ['waiting', 'handedOver', 'registered', 'tested', 'presents', 'rolledBack'] as const

const mappingPromotion = z
  .strictObject({
    id,
    url: z.string(),
    state: z.enum(promotionStates).meta({
      description:
        '`handedOver`: it was shown to the owner of the target (docs/handover.md); `registered`: who has registered it there; `tested`: its target accepted it in the last probe; `presents`: its calls present the version; `rolledBack`: they did, and present the one before again',
    }),
    since: dateTime.nullable().meta({ description: 'Null: it waits' }),
    code: z.string().optional().meta({
      description:
        'How its target refuses the version. `rolledBack`: so the gateway has taken it back; `presents`: the target refuses the version before as well; other states: it refuses the version in use',
    }),
  })
  .meta({ id: 'MappingPromotion', description: 'Where a mapping stands in the promotion of a version' })

const promotion = z
  .strictObject({
    version: fingerprint.meta({ description: 'What is promoted, by its fingerprint' }),
    left: z.int().min(0).meta({ format: 'int32', description: 'Mappings that do not present it' }),
    mappings: z.array(mappingPromotion),
  })
  .meta({ id: 'Promotion', description: 'How far a version has come, mapping by mapping' })

/** Which mappings to promote or to roll back; without `mappings`, the whole certificate. */
export const chosenMappings = z
  .strictObject({ mappings: z.array(sentId).min(1).max(limits.mappings).optional() })
  .default({})
  .meta({ id: 'ChosenMappings' })
export type ChosenMappings = z.output<typeof chosenMappings>

const revocation = z
  .strictObject({
    revokedAt: dateTime,
    reason: z.string().meta({ description: 'As RFC 5280 names it', examples: ['keyCompromise'] }),
    source: z.enum(revocationSources),
    foundAt: dateTime,
  })
  .meta({ id: 'Revocation', description: 'That the issuer of a certificate has revoked it (docs/fleet.md)' })

const usage = z
  .strictObject({
    calls: z.int().min(0).meta({ description: 'In the last 90 days, or since the first after such a pause' }),
    lastUsedAt: dateTime.nullable().meta({ description: 'Null: not within 90 days' }),
  })
  .meta({ id: 'CertificateUsage' })

/** A certificate. Where a field can be null, it is null while the certificate waits for its signature. */
export const certificate = z
  .strictObject({
    id,
    deleted: z.boolean(),
    name: z.string().meta({ description: 'Unique in the account' }),
    displayName: z.string(),
    siteId,
    status,
    expirationDate: dateTime.nullable(),
    fingerprintSha256: fingerprint.nullable(),
    subject: z.string().meta({ description: 'As RFC 4514 has it' }),
    issuer: z.string().nullable(),
    serialNumber: z.string().nullable().meta({ description: 'In lower-case hex' }),
    keyType: z.string().meta({ description: '`RSA-2048`, `EC-P256`, `Ed25519`, ...' }),
    notBefore: dateTime.nullable(),
    clientAuth: clientAuth.nullable().meta({
      description: 'Its extended key usage for client authentication; `unrestricted`: it has no extended key usage',
    }),
    warnings: z.array(z.string()).meta({ description: 'Codes of what is weak but works (docs/errors.md)' }),
    createdAt: dateTime,
    updatedAt: dateTime,
    managedBy: managedBy.optional(),
    staged: stagedVersion.optional(),
    previous: previousVersion.optional(),
    revocation: revocation.optional().meta({
      description: 'If its issuer has revoked the version in use. Calls go on presenting it',
    }),
    promotion: promotion.optional().meta({
      description:
        'While its mappings present different versions, or some were handed over, or accepted by their targets in a probe. In answers about one certificate',
    }),
    plan: plan.optional().meta({
      description: 'Where it renews itself, and for whoever lists or gets it: how, and where that stands',
    }),
    usage: usage
      .optional()
      .meta({ description: 'In lists with `sort` or `expiringWithinDays`; missing also while that can not be known' }),
  })
  .meta({ id: 'Certificate', description: 'A client certificate. Null fields: it waits for its signature.' })

export type Certificate = WireOf<typeof certificate>
export type StagedVersion = WireOf<typeof stagedVersion>
export type VersionDifference = WireOf<typeof versionDifference>
export type LastProbe = WireOf<typeof lastProbe>
export type PreviousVersion = WireOf<typeof previousVersion>

export const exampleCertificate: Certificate = {
  id: 2_628_739_923,
  deleted: false,
  name: 'c1',
  displayName: 'c1',
  siteId: 'le123',
  status: 'Available',
  expirationDate: '2027-01-31T00:00:00.000Z',
  fingerprintSha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
  subject: 'CN=client.example,O=Example',
  issuer: 'CN=Example CA',
  serialNumber: '5f3a9c01',
  keyType: 'RSA-2048',
  notBefore: '2026-01-31T00:00:00.000Z',
  clientAuth: 'present',
  warnings: [],
  createdAt: '2026-02-01T09:30:00.000Z',
  updatedAt: '2026-02-01T09:30:00.000Z',
}

/** One that waits for its signature. */
export const examplePending: Certificate = {
  ...exampleCertificate,
  status: 'PendingSignature',
  expirationDate: null,
  fingerprintSha256: null,
  issuer: null,
  serialNumber: null,
  notBefore: null,
  clientAuth: null,
}

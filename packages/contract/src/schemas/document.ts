import { documentActions, documentKinds, guardedActions, scopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { SentAs, WireOf } from '../wire.ts'
import { approvalRule } from './approval.ts'
import { accountPattern, pem, sentName, sentRecord, sentService, sentUrl, trustNamePattern } from './fields.ts'
import { issueRequest } from './issuance.ts'
import { answerTimeoutSeconds, targetTls, targetTlsRequest, targetTrust, targetTrustRequest } from './mapping.ts'
import { messageSignature, messageSignatureRequest } from './message-signature.ts'
import { plan, planRequest, profileName, sourceName } from './plan.ts'
import { settingsRequest, unmappedCalls } from './settings.ts'
import { signingRequest } from './signing-request.ts'
import { targetAuth, targetAuthRequest } from './target-auth.ts'

const was = sentName.optional().meta({ description: 'Its name until now: it is renamed, unless the new name is there' })
const certificateName = sentName.meta({ description: 'The name of a certificate' })
const trustName = z.string().meta({ description: 'The name of a trust list', pattern: trustNamePattern })
const togetherText = '`trust` and `targetTrust` go together: with one of them, the other one is told too, or is removed'

const firstRequest = signingRequest.omit({ name: true }).extend({ keyType: issueRequest.shape.keyType }).meta({
  id: 'DeclaredSigningRequest',
  description: 'What the first certificate is ordered with. Where there is one already, it says nothing',
})

/** A certificate of a document, as clients send it. */
export const declaredCertificateRequest = z
  .strictObject({
    was,
    plan: planRequest
      .nullish()
      .meta({ description: 'By which it renews itself; null: people do. Left out, it stays as it is' }),
    request: firstRequest.optional(),
  })
  .meta({
    id: 'DeclaredCertificateRequest',
    description: 'One that is not there is made by its plan; without one, it has to be there',
  })

/** A trust list of a document, as clients send it. */
export const declaredTrustRequest = z
  .strictObject({
    caCertificates: z
      .string()
      .optional()
      .meta({ maxLength: limits.file, description: 'PEM, at most 10 certificates; a new list needs them' }),
  })
  .meta({ id: 'DeclaredTrustRequest' })

/** A mapping of a document, as clients send it. */
export const declaredMappingRequest = z
  .strictObject({
    was,
    service: sentService.optional(),
    url: sentUrl.optional(),
    certificate: certificateName.optional(),
    enable: z.boolean().optional().meta({ description: 'True for a new one that does not say' }),
    trust: trustName.nullish().meta({ description: togetherText }),
    targetTrust: targetTrustRequest
      .omit({ trust: true })
      .meta({ id: 'DeclaredTargetTrustRequest', description: togetherText })
      .nullish(),
    targetTls: targetTlsRequest.nullish(),
    targetAuth: targetAuthRequest.nullish(),
    messageSignature: messageSignatureRequest
      .omit({ certificationId: true })
      .extend({
        certificate: certificateName.optional().meta({ description: 'Signs, instead of that of the mapping' }),
      })
      .meta({ id: 'DeclaredMessageSignatureRequest' })
      .nullish(),
    answerTimeoutSeconds: answerTimeoutSeconds.nullish(),
  })
  .meta({
    id: 'DeclaredMappingRequest',
    description: 'A new one needs `service`, `url` and `certificate`. What is left out stays; null removes it',
  })

/** An app key of a document, as clients send it. */
export const declaredAppKeyRequest = z
  .strictObject({
    scopes: z.array(z.enum(scopes)).max(scopes.length).optional(),
    services: z.array(sentService).max(limits.appKeyServices).optional(),
    expiresAt: z.iso.datetime({ offset: true }).nullish(),
  })
  .meta({
    id: 'DeclaredAppKeyRequest',
    description: 'A document makes and changes no app keys: it says which have to be there, and as what',
  })

/** The settings of a document, as clients send them. */
export const declaredSettingsRequest = settingsRequest
  .pick({ unmappedCalls: true, publishKeys: true, approvals: true })
  .meta({ id: 'DeclaredSettingsRequest', description: 'Needs `mtls:admin`, and a token' })

const named = <Entry extends z.ZodType>(entry: Entry, limit: number, what: string) =>
  sentRecord(entry, limit)
    .optional()
    .meta({ description: `At most ${limit} ${what}, by name` })

/**
 * What an account is to have. Entries are checked one by one by whoever reads it, so that each fault is told with its
 * path, and a long document leaves time to others.
 */
export const documentRequest = z
  .strictObject({
    account: z.string().optional().meta({ pattern: accountPattern, description: 'If given, that of the path' }),
    certificates: named(declaredCertificateRequest, limits.documentCertificates, 'certificates'),
    trusts: named(declaredTrustRequest, limits.trusts, 'trust lists'),
    mappings: named(declaredMappingRequest, limits.documentMappings, 'mappings'),
    appKeys: named(declaredAppKeyRequest, limits.appKeys, 'app keys').meta({
      description: 'App keys, by label. Needs `mtls:admin`, and a token',
    }),
    settings: declaredSettingsRequest.optional(),
  })
  .meta({ id: 'DocumentRequest', description: 'What an account is to have. What it does not name stays' })
export type DocumentRequest = SentAs<typeof documentRequest>

const declaredPlan = plan
  .pick({ renewAt: true, test: true, promote: true, rollBack: true })
  .extend({ profile: profileName.optional(), source: sourceName.optional() })
  .meta({ id: 'DeclaredPlan', description: 'With a profile or a source' })

const declaredMapping = z
  .strictObject({
    service: z.string(),
    url: z.string(),
    certificate: z.string(),
    enable: z.boolean(),
    trust: z.string().optional(),
    targetTrust: targetTrust.omit({ trust: true }).meta({ id: 'DeclaredTargetTrust' }).optional(),
    targetTls: targetTls.optional(),
    targetAuth: targetAuth.optional(),
    messageSignature: messageSignature
      .omit({ certificationId: true })
      .extend({ certificate: z.string().optional() })
      .meta({ id: 'DeclaredMessageSignature' })
      .optional(),
    answerTimeoutSeconds: answerTimeoutSeconds.optional(),
  })
  .meta({ id: 'DeclaredMapping' })

const declaredApprovals = approvalRule
  .extend({ approvers: z.array(z.string()).optional().meta({ description: 'Left out: whoever has the scope' }) })
  .meta({ id: 'DeclaredApprovals', description: 'Left out: nothing needs the word of a second person' })

const all = <Entry extends z.ZodType>(entry: Entry) => z.record(z.string(), entry)

/** What an account has, without secrets; it can be sent back. */
export const accountDocument = z
  .strictObject({
    account: z.string(),
    certificates: all(z.strictObject({ plan: declaredPlan.optional() }).meta({ id: 'DeclaredCertificate' })),
    trusts: all(
      z
        .strictObject({ caCertificates: pem.meta({ description: 'Empty: the store has lost them' }) })
        .meta({ id: 'DeclaredTrust' }),
    ),
    mappings: all(declaredMapping),
    appKeys: all(
      z
        .strictObject({
          scopes: z.array(z.enum(scopes)),
          services: z.array(z.string()).optional(),
          expiresAt: z.iso.datetime().nullable(),
        })
        .meta({ id: 'DeclaredAppKey' }),
    )
      .optional()
      .meta({ description: 'By label, where that is the label of one. For who may list them' }),
    settings: z
      .strictObject({ unmappedCalls, publishKeys: z.boolean(), approvals: declaredApprovals.optional() })
      .meta({ id: 'DeclaredSettings' })
      .optional()
      .meta({ description: 'For who may read them' }),
  })
  .meta({ id: 'AccountDocument', description: 'What an account has, by name and without secrets' })
export type AccountDocument = WireOf<typeof accountDocument>

const changedField = z
  .strictObject({
    field: z.string().meta({ description: 'As the document names it', examples: ['url'] }),
    before: z.unknown().meta({ description: 'As the document has it; null: there was none. Never a secret' }),
    after: z.unknown().meta({ description: 'As the document has it; null: it is removed. Never a secret' }),
  })
  .meta({ id: 'DocumentField' })

/** One difference of a document and an account. */
export const documentChange = z
  .strictObject({
    action: z.enum(documentActions),
    kind: z.enum(documentKinds),
    name: z.string(),
    fields: z.array(changedField),
  })
  .meta({ id: 'DocumentChange' })
export type DocumentChange = WireOf<typeof documentChange>

export const appliedDocument = z
  .strictObject({
    revision: z.int().min(0).meta({ format: 'int64', description: 'Of the account, after the change if there is one' }),
    applied: z.boolean().meta({ description: 'False: nothing was to be done, or `dryRun`' }),
    changes: z.array(documentChange).meta({ description: 'Certificates, trust lists, mappings, settings' }),
    kept: z.int().min(0).meta({
      format: 'int32',
      description: 'Certificates, trust lists and mappings that the document does not name, and that stay',
    }),
    needsApproval: z.array(z.enum(guardedActions)).optional().meta({
      description: 'With `dryRun`: why applying it waits for the word of a second person. Left out: it does not wait',
    }),
  })
  .meta({ id: 'AppliedDocument' })
export type AppliedDocument = WireOf<typeof appliedDocument>

/** To a request that was made before. */
export const repeatedDocument = z
  .strictObject({ revision: z.int(), applied: z.literal(true) })
  .meta({ id: 'RepeatedDocument' })

const flag = z.enum(['true', 'false']).optional()

export const documentQuery = z.object({
  dryRun: flag.meta({ description: '`true`: says what would be changed, and changes nothing' }),
  prune: flag.meta({
    description: '`true`: deletes what the document does not name, if a document of the same `source` has made it',
  }),
  source: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 of the characters a-z 0-9 -')
    .default('document')
    .meta({ description: 'Whose document it is. What it makes is noted as managed by that' }),
})
export type DocumentQuery = z.output<typeof documentQuery>

export const exampleDocument: AccountDocument = {
  account: 'le123',
  certificates: {
    bank: { plan: { profile: 'internal', renewAt: 0.66, test: 'auto', promote: 'eachTarget', rollBack: 'auto' } },
    old: {},
  },
  trusts: { 'bank-ca': { caCertificates: '-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n' } },
  mappings: {
    'bank-token': {
      service: 'IDP',
      url: 'https://bank.example/token',
      certificate: 'bank',
      enable: true,
      trust: 'bank-ca',
    },
  },
}

export const exampleApplied: AppliedDocument = {
  revision: 12,
  applied: true,
  changes: [
    {
      action: 'update',
      kind: 'mapping',
      name: 'bank-token',
      fields: [{ field: 'enable', before: false, after: true }],
    },
  ],
  kept: 3,
}

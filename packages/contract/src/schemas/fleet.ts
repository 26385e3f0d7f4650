import { planStates, versionDifferenceCodes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentTime } from './fields.ts'

const count = z.int().min(0).meta({ format: 'int32' })
const counts = {
  certificates: count,
  revoked: count.meta({ description: 'Those of them that their issuers have revoked' }),
  mappings: count.meta({ description: 'That use them' }),
}

/** How many certificates there are of each, at most `limits.fleetCounts`. */
const by = <Shape extends z.core.$ZodShape>(shape: Shape, id: string) =>
  z.array(z.strictObject({ ...shape, ...counts }).meta({ id })).max(limits.fleetCounts)

const most = `The ${limits.fleetCounts} with most certificates, in that order`

export const certificateSummary = z
  .strictObject({
    ...counts,
    issuers: by({ issuer: z.string() }, 'CertificatesOfIssuer').meta({ description: most }),
    keyTypes: by({ keyType: z.string() }, 'CertificatesOfKeyType').meta({ description: most }),
    plans: by({ plan: z.enum(['none', 'waiting', 'failing', ...planStates]) }, 'CertificatesOfPlan').meta({
      description:
        'By where their renewal plans stand; `none` have no plan. As the filter `plan` of the list, each is counted once',
    }),
    months: by({ month: z.string().meta({ examples: ['2027-01'] }) }, 'CertificatesOfMonth').meta({
      description: `By the month in which they expire, in UTC: the first ${limits.fleetCounts}`,
    }),
  })
  .meta({
    id: 'CertificateSummary',
    description: 'Certificates in use, counted. What a list lacks to the sum is of those that it does not name',
  })
export type CertificateSummary = WireOf<typeof certificateSummary>

const one = { certificates: 1, revoked: 0, mappings: 2 }
export const exampleSummary: CertificateSummary = {
  ...one,
  issuers: [{ issuer: 'CN=Example CA', ...one }],
  keyTypes: [{ keyType: 'RSA-2048', ...one }],
  plans: [{ plan: 'idle', ...one }],
  months: [{ month: '2027-01', ...one }],
}

export const replacementRequest = z
  .strictObject({
    issuer: z
      .string()
      .min(1)
      .max(limits.search)
      .meta({
        description: 'Whose certificates: the name, letter by letter, as `GET certificates/summary` has it',
        examples: ['CN=Old CA, O=Example'],
      }),
    issuedBefore: sentTime.optional().meta({
      description:
        'Only those whose version in use came before this time; without it, now. Send what the first answer had to repeat the request, so that replacements are not replaced again',
    }),
    accepts: z.array(z.enum(versionDifferenceCodes)).max(versionDifferenceCodes.length).default([]).meta({
      description:
        'In what the next certificates may differ from those in use without a person: `ISSUER_DIFFERS` where they come from another CA (docs/rotation.md)',
    }),
  })
  .meta({ id: 'ReplacementRequest' })
export type ReplacementRequest = z.output<typeof replacementRequest>

export const replacement = z
  .strictObject({
    issuer: z.string(),
    issuedBefore: dateTime.meta({
      description: 'The list and the summary say with this and `issuer` what is left to be replaced',
    }),
    requested: count.meta({
      description: 'Certificates that their plans renew now. Those that were asked for before are among them',
    }),
    leftToPeople: count.meta({ description: 'Certificates without a plan, or whose plan takes them from a source' }),
  })
  .meta({ id: 'Replacement', description: 'What has been asked for of the certificates of an issuer' })
export type Replacement = WireOf<typeof replacement>

export const exampleReplacement: Replacement = {
  issuer: 'CN=Old CA, O=Example',
  issuedBefore: '2026-03-01T10:00:00.000Z',
  requested: 412,
  leftToPeople: 9,
}

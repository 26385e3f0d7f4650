import { planWaits, scopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate, versionDifference } from './certificate.ts'
import { errorCode } from './fields.ts'
import { mappingName } from './probe.ts'
import { reportedProblem } from './reported-problem.ts'
import { failedCertificate } from './save-result.ts'
import { tokenEndpointAnswer } from './token-test.ts'
import { activationTrial } from './trial.ts'

/** What is wrong with one entry of a list, or one field. */
const requestFault = z
  .strictObject({
    index: z.int().min(0).optional().meta({ format: 'int32', description: 'Of the entry in the request, from 0' }),
    code: errorCode.optional(),
    field: z.string().optional(),
    message: z.string(),
    limit: z.number().optional(),
  })
  .meta({ id: 'RequestFault' })

/** What a problem has beside the members of RFC 9457: facts, by its code. */
const details = {
  field: z.string().optional().meta({ description: 'Of the request' }),
  limit: z.number().optional().meta({ type: 'integer', format: 'int64' }),
  errors: z.array(requestFault).optional().meta({ description: 'Each fault of the request' }),
  problems: z.array(reportedProblem).optional().meta({ description: 'What the key tester says of the file' }),
  successfulySavedCertificates: z.array(certificate).max(0).optional().meta({ description: 'Empty: none was saved' }),
  failedSaveToVaultCertificates: z.array(failedCertificate).optional(),
  differences: z.array(versionDifference).optional().meta({ description: 'Of the next version from the one in use' }),
  trial: activationTrial.optional().meta({ description: 'Of the url that was not mapped' }),
  mapping: mappingName.optional().meta({ description: 'The mapping in the way' }),
  mappings: z.array(mappingName).optional().meta({ description: 'The mappings in the way' }),
  waitsFor: z.enum(planWaits).optional().meta({ description: 'What a person has to do before the plan goes on' }),
  revision: z.int().optional().meta({ format: 'int64', description: 'The present one, where If-Match differs' }),
  outcome: z.literal('unknown').optional().meta({ description: 'Read first whether the change was made' }),
  transportCode: z.string().optional().meta({ description: 'Why the target was not reached (docs/errors.md)' }),
  phase: z.string().optional().meta({ description: 'Of the way to the target' }),
  tokenEndpoint: tokenEndpointAnswer
    .optional()
    .meta({ description: 'What the token endpoint answered in place of a token' }),
  presentedCertificate: z.string().optional().meta({
    description: 'What the target was shown before the call failed: `sha256=` and the fingerprint',
  }),
  target: z.string().optional().meta({ description: 'The target that has too many calls, or is down' }),
  retryAt: z.iso.datetime().optional().meta({ description: 'When a call to the target is let through again' }),
  services: z
    .array(z.string())
    .optional()
    .meta({ description: 'For which the url is mapped, where the call names none' }),
  allowed: z.array(z.string()).optional().meta({ description: 'Methods that the path takes' }),
  accepted: z.array(z.string()).optional().meta({ description: 'Kinds of credentials that are taken here' }),
  scope: z.enum(scopes).optional().meta({ description: 'That the credentials lack, or can not give away' }),
  parameter: z.string().optional().meta({ description: 'The OAuth parameter that is at fault' }),
  serverTime: z.number().optional().meta({ type: 'integer', format: 'int64', description: 'Seconds since 1970' }),
  windowSeconds: z.number().optional().meta({ type: 'integer', format: 'int32' }),
  reason: z.string().optional().meta({ description: 'Why the token issuer can not be asked' }),
}

/** RFC 9457, with a stable code and facts beside the standard members. */
export const problem = z
  .strictObject({
    type: z.string().meta({ examples: ['urn:mtls-gateway:problem:VALIDATION_FAILED'] }),
    title: z.string(),
    status: z.int().meta({ format: 'int32' }),
    code: errorCode,
    detail: z.string().meta({ description: 'What happened and what to do, as a sentence' }),
    instance: z.string().meta({ description: 'The id of the request' }),
    ...details,
  })
  .meta({ id: 'Problem', description: 'RFC 9457, with facts by its code beside the standard members' })

export type Problem = WireOf<typeof problem>

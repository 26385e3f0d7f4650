import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate } from './certificate.ts'
import { errorCode, gone } from './fields.ts'
import { reportedProblem } from './reported-problem.ts'

export const failedCertificate = z
  .strictObject({
    name: z.string().meta({ description: 'As it was sent, cut to 128 characters' }),
    reason: z.string().meta({ description: 'A sentence' }),
    code: errorCode,
    problems: z.array(reportedProblem).optional().meta({ description: 'What the key tester says of it' }),
  })
  .meta({ id: 'FailedCertificate' })

/** The answer to a list of certificates, misspelling included. One bad certificate does not stop the good ones. */
export const saveResult = z
  .strictObject({
    successfulySavedCertificates: z.array(certificate),
    failedSaveToVaultCertificates: z.array(failedCertificate),
  })
  .meta({ id: 'SaveResult', description: 'One bad certificate does not stop the good ones' })

/** The answer to a request that was made before: what it saved, as it is now. */
export const repeatedSaveResult = saveResult.extend({
  successfulySavedCertificates: z.array(z.union([certificate, gone])),
})

export type FailedCertificate = WireOf<typeof failedCertificate>
export type SaveResult = WireOf<typeof saveResult>

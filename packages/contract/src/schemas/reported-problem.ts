import { errorCodes, warningCodes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'

/** One thing that is wrong with a key or certificate: an error can't be used, a warning is weak but works. */
export const reportedProblem = z
  .strictObject({
    severity: z.enum(['error', 'warning']),
    code: z.enum([...errorCodes, ...warningCodes]).meta({ enum: undefined, description: 'Listed in docs/errors.md' }),
    message: z.string().meta({ description: 'What is wrong and who must fix it, as a sentence' }),
    fix: z.string().optional().meta({ description: 'The commands that fix it' }),
  })
  .meta({ id: 'ReportedProblem' })

export type ReportedProblem = WireOf<typeof reportedProblem>

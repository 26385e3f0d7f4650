import { boundedList } from '@mtls-gateway/service-kit'
import { z } from 'zod'

/** What is asked about. Unknown fields are ignored. */
const entrySchema = z.object({
  serviceName: z.union([z.string(), z.number()]),
  accountId: z.string(),
  url: z.string(),
})
export type CheckMappingEntry = z.infer<typeof entrySchema>

export const checkMappingSchema = boundedList('body', 1_000, entrySchema)

export const checkMappingVersionSchema = z.enum(['1', '2']).default('1')
export type CheckMappingVersion = z.infer<typeof checkMappingVersionSchema>

/** The key of an answer of version 1, spelt as the wire has it. */
export function answerKey({ serviceName, accountId, url }: CheckMappingEntry): string {
  return `CertificateMappingParamters{serviceName='${serviceName}', accountId='${accountId}', url='${url}'}`
}

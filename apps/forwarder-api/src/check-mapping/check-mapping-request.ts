import { z } from 'zod'

/** What is asked about. Unknown fields are ignored. */
export const checkMappingSchema = z
  .array(z.object({ serviceName: z.union([z.string(), z.number()]), accountId: z.string(), url: z.string() }))
  .min(1)
  .max(1_000)
export type CheckMappingBody = z.infer<typeof checkMappingSchema>
export type CheckMappingEntry = CheckMappingBody[number]

export const checkMappingVersionSchema = z.enum(['1', '2']).default('1')
export type CheckMappingVersion = z.infer<typeof checkMappingVersionSchema>

/** The key of an answer of version 1, spelt as the wire has it. */
export function answerKey({ serviceName, accountId, url }: CheckMappingEntry): string {
  return `CertificateMappingParamters{serviceName='${serviceName}', accountId='${accountId}', url='${url}'}`
}

import { z } from 'zod'

export const activationSchema = z.strictObject({
  serviceName: z.union([z.string(), z.number()]),
  url: z.string(),
})
export type ActivationBody = z.infer<typeof activationSchema>

export const activationQuerySchema = z.object({ isValidateUrlEnabled: z.enum(['true', 'false']).default('false') })
export type ActivationQuery = z.infer<typeof activationQuerySchema>

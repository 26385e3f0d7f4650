import { maxTargetUrlBytes, parseTargetUrl, type UnmappedPolicy } from '@mtls-gateway/domain'
import { z } from 'zod'

/** Unknown fields are refused: a misspelt `unmappedCalls` would leave calls without a certificate on their way. */
export const settingsSchema = z.strictObject({
  unmappedCalls: z.enum(['plain', 'refuse']).optional(),
  /** Null removes it. */
  webhook: z
    .strictObject({ url: z.string().max(maxTargetUrlBytes), rotateSecret: z.boolean().optional() })
    .nullable()
    .optional(),
})
export type SettingsBody = z.infer<typeof settingsSchema>

/** What is undefined stays as it is. */
export interface SettingsRequest {
  readonly unmappedCalls: UnmappedPolicy | undefined
  readonly webhook: { readonly url: string; readonly rotateSecret: boolean } | null | undefined
}

/** @throws CodedError `TARGET_URL_NOT_HTTPS`, `TARGET_URL_NOT_CANONICAL`: what is wrong with the webhook's url */
export function readSettingsRequest({ unmappedCalls, webhook }: SettingsBody): SettingsRequest {
  if (!webhook) return { unmappedCalls, webhook }
  parseTargetUrl(webhook.url)
  return { unmappedCalls, webhook: { url: webhook.url, rotateSecret: webhook.rotateSecret ?? false } }
}

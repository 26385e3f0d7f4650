import type { SettingsRequest } from '@mtls-gateway/contract'
import { parseTargetUrl, type UnmappedPolicy } from '@mtls-gateway/domain'

/** Undefined settings stay as they are. */
export interface SettingsChange {
  readonly unmappedCalls: UnmappedPolicy | undefined
  readonly webhook: { readonly url: string; readonly rotateSecret: boolean } | null | undefined
}

/** @throws CodedError `TARGET_URL_NOT_HTTPS`, `TARGET_URL_NOT_CANONICAL`: what is wrong with the webhook's url */
export function readSettingsRequest({ unmappedCalls, webhook }: SettingsRequest): SettingsChange {
  if (!webhook) return { unmappedCalls, webhook }
  parseTargetUrl(webhook.url)
  return { unmappedCalls, webhook: { url: webhook.url, rotateSecret: webhook.rotateSecret ?? false } }
}

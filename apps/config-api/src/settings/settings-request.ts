import type { SettingsRequest } from '@mtls-gateway/contract'
import {
  CodedError,
  checkMailAddress,
  isShownUrl,
  type NoticeRecipient,
  type NoticeUpdate,
  parseTargetUrl,
  shownUrl,
  type UnmappedPolicy,
} from '@mtls-gateway/domain'

/** Undefined settings stay as they are. */
export interface SettingsChange {
  readonly unmappedCalls: UnmappedPolicy | undefined
  readonly webhook: { readonly url: string; readonly rotateSecret: boolean } | null | undefined
  readonly notices?: readonly NoticeChange[] | undefined
}

export interface NoticeChange extends Pick<NoticeUpdate, 'id' | 'channel' | 'events' | 'shares' | 'rotateSecret'> {
  /** What answers show, and the whole url where it is one; undefined: as it is. */
  readonly address: (Pick<NoticeRecipient, 'to'> & { readonly url?: string }) | undefined
}

type NoticeRequest = NonNullable<SettingsRequest['notices']>[number]

/**
 * @throws CodedError `TARGET_URL_NOT_HTTPS`, `TARGET_URL_NOT_CANONICAL`, `MAIL_ADDRESS_INVALID`: what is wrong with the
 * url of a webhook or the address of a notice; `VALIDATION_FAILED`: two notices have one id
 */
export function readSettingsRequest({ unmappedCalls, webhook, notices }: SettingsRequest): SettingsChange {
  if (webhook) parseTargetUrl(webhook.url)
  const ids = (notices ?? []).flatMap(({ id = [] }) => id)
  if (new Set(ids).size < ids.length) {
    const details = { field: 'notices' }
    throw new CodedError('VALIDATION_FAILED', 'Two of "notices" have the same "id". Name each once.', { details })
  }
  return {
    unmappedCalls,
    webhook: webhook && { url: webhook.url, rotateSecret: webhook.rotateSecret ?? false },
    notices: notices?.map(readNotice),
  }
}

function readNotice({ to, rotateSecret = false, ...notice }: NoticeRequest): NoticeChange {
  return { ...notice, rotateSecret, address: to === undefined ? undefined : readAddress(notice, to) }
}

function readAddress({ id, channel }: Pick<NoticeRequest, 'id' | 'channel'>, to: string): NoticeChange['address'] {
  if (channel === 'mail') return { to: checkMailAddress(to) }
  // Whoever sends back what an answer had changes nothing.
  if (id !== undefined && isShownUrl(to)) return undefined
  const shown = shownUrl(to)
  if (!isShownUrl(to)) return { to: shown, url: to }
  const message = 'This is what answers show in place of a url. Send the whole url, with its path.'
  throw new CodedError('VALIDATION_FAILED', message, { details: { field: 'to' } })
}

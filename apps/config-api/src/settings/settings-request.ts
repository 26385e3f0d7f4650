import type { SettingsRequest } from '@mtls-gateway/contract'
import {
  type ApprovalRule,
  approvalActions,
  CodedError,
  checkMailAddress,
  isShownUrl,
  type NoticeRecipient,
  type NoticeUpdate,
  parseTargetUrl,
  shownUrl,
  type UnmappedPolicy,
  usualApprovalRule,
} from '@mtls-gateway/domain'

/** Undefined settings stay as they are. */
export interface SettingsChange {
  readonly unmappedCalls: UnmappedPolicy | undefined
  readonly publishKeys?: boolean | undefined
  readonly webhook: { readonly url: string; readonly rotateSecret: boolean } | null | undefined
  readonly notices?: readonly NoticeChange[] | undefined
  readonly approvals?: ApprovalRule | null | undefined
}

type Kept = 'id' | 'channel' | 'events' | 'shares' | 'shown' | 'rotateSecret'

export interface NoticeChange extends Pick<NoticeUpdate, Kept> {
  /** What answers show, and the whole url where it is one; undefined: as it is. */
  readonly address: (Pick<NoticeRecipient, 'to'> & { readonly url?: string }) | undefined
}

type NoticeRequest = NonNullable<SettingsRequest['notices']>[number]

/**
 * @throws CodedError `TARGET_URL_NOT_HTTPS`, `TARGET_URL_NOT_CANONICAL`, `MAIL_ADDRESS_INVALID`: what is wrong with the
 * url of a webhook or the address of a notice; `NOTICE_NAMED_TWICE`: two have one id
 */
export function readSettingsRequest(request: SettingsRequest): SettingsChange {
  const { unmappedCalls, publishKeys, webhook, notices, approvals } = request
  if (webhook) parseTargetUrl(webhook.url)
  const ids = (notices ?? []).flatMap(({ id = [] }) => id)
  if (new Set(ids).size < ids.length) {
    const details = { field: 'notices' }
    throw new CodedError('NOTICE_NAMED_TWICE', 'Two of "notices" have the same "id". Name each once.', { details })
  }
  return {
    unmappedCalls,
    publishKeys,
    webhook: webhook && { url: webhook.url, rotateSecret: webhook.rotateSecret ?? false },
    notices: notices?.map(readNotice),
    approvals: approvals && readApprovalRule(approvals),
  }
}

export function readApprovalRule(request: NonNullable<SettingsRequest['approvals']>): ApprovalRule {
  const { actions, approvers, scope = usualApprovalRule.scope, expiresAfter } = request
  return {
    actions: approvalActions.filter((action) => actions.includes(action)),
    ...(approvers && { approvers: [...new Set(approvers)] }),
    scope,
    expiresAfterDays:
      expiresAfter === undefined ? usualApprovalRule.expiresAfterDays : Number.parseInt(expiresAfter, 10),
  }
}

function readNotice({ to, rotateSecret = false, ...notice }: NoticeRequest): NoticeChange {
  const whole = { ...notice, rotateSecret }
  if (to === undefined) return { ...whole, address: undefined }
  if (notice.channel === 'mail') return { ...whole, address: { to: checkMailAddress(to) } }
  const shown = shownUrl(to)
  // Whoever sends back what an answer had changes nothing.
  return isShownUrl(to) ? { ...whole, address: undefined, shown: to } : { ...whole, address: { to: shown, url: to } }
}

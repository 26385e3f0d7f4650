import type { RecordId } from '../identifiers/ids.ts'
import type { ApprovalRule } from './approval-request.ts'
import type { NoticeRecipient } from './notice-recipients.ts'

/** What becomes of a call whose url no mapping names: it goes out over plain TLS, or is refused. */
export type UnmappedPolicy = 'plain' | 'refuse'

/** Where the account is told of certificates that are about to expire. */
export interface Webhook {
  /** An `https:` url in its canonical form. */
  readonly url: string
  /** The secret that its calls are signed with. */
  readonly secretId: RecordId
}

export interface AccountSettings {
  readonly unmappedCalls: UnmappedPolicy
  readonly webhook?: Webhook
  /** Anybody may read the public parts of its signing keys; absent: nobody without credentials. */
  readonly publishKeys?: boolean
  /** At most 10. */
  readonly notices?: readonly NoticeRecipient[]
  /** Absent: nothing needs a second person. With it, the account has a format of its own (decision 95). */
  readonly approvals?: ApprovalRule
}

/** Those of an account that has set none: what the deployment says goes. */
export const defaultSettings: AccountSettings = { unmappedCalls: 'plain' }

export function recipientsOf(account: { readonly settings?: AccountSettings }): readonly NoticeRecipient[] {
  return settingsOf(account).notices ?? []
}

export function settingsOf({ settings }: { readonly settings?: AccountSettings }): AccountSettings {
  return settings ?? defaultSettings
}

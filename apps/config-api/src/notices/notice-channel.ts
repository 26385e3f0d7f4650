import type { AccountId } from '@mtls-gateway/domain'
import type { NoticeEvent } from './notice-event.ts'

/** Where a notice goes, with what answers and logs must not show. */
export interface NoticeAddress {
  readonly accountId: AccountId
  /** A mail address or a url. */
  readonly to: string
  /** What messages are signed with, of a webhook: `whsec_` and base64. */
  readonly secret?: string
}

/** What came of a test. */
export interface NoticeTest {
  readonly delivered: boolean
  readonly status: number | null
  readonly code: string | null
  /** Who must fix it, and how. */
  readonly explanation: string
}

/** A way on which people or programs are told. */
export interface NoticeChannel {
  /**
   * Resolves with what was taken, once the rest was given up. Events of one account that are told at once may go out in
   * one message.
   *
   * Rejects with an Error that has a status or a code, and nothing of the message or the address, if nothing was taken.
   */
  send(address: NoticeAddress, events: readonly NoticeEvent[], signal: AbortSignal): Promise<readonly NoticeEvent[]>
  /** Sends one message, once. Never rejects because of what the other side does. */
  test(address: NoticeAddress): Promise<NoticeTest>
}

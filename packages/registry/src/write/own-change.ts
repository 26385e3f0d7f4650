import type { CommandContext } from '@mtls-gateway/domain'
import { newRecordId } from '../records/record-ids.ts'

/** The context of a change that the gateway makes by itself. @param now milliseconds since 1970 */
export function ownChange(now: number): CommandContext {
  return { changeId: newRecordId(), at: new Date(now).toISOString(), actor: 'gateway', address: '' }
}

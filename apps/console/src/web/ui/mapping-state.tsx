import type { Mapping } from '@mtls-gateway/contract'
import { Badge } from './badge.tsx'
import { Time } from './time.tsx'

/** Whether a mapping is used, and how its last call went. */
export function MappingState({ mapping: { enable, lastCalls } }: { readonly mapping: Mapping }) {
  if (!enable) return <Badge tone="warn">Disabled</Badge>
  if (lastCalls === undefined) return <Badge>No recent calls</Badge>
  const { failuresInARow, failedAt, succeededAt, failureCode } = lastCalls
  if (failuresInARow > 0 && failedAt !== null) {
    return (
      <>
        <Badge tone="bad">Failing</Badge> {failureCode ?? '5xx'}, <Time at={failedAt} />
      </>
    )
  }
  return (
    <>
      <Badge tone="good">Working</Badge> {succeededAt !== null && <Time at={succeededAt} />}
    </>
  )
}

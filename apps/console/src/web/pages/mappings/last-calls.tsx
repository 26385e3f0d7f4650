import type { Mapping } from '@mtls-gateway/contract'
import { callReason } from '../../ui/call-reason.ts'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'

/** How the last calls by a mapping went, in a sentence. */
export function LastCalls({ mapping: { lastCalls } }: { readonly mapping: Mapping }) {
  if (lastCalls === undefined) return null
  const { succeededAt, failedAt, failureCode, failuresInARow } = lastCalls
  if (failuresInARow > 0 && failedAt !== null) {
    return (
      <Notice
        tone="bad"
        title={failuresInARow === 1 ? 'The last call failed' : `The last ${failuresInARow} calls failed`}
      >
        <p>{reasonOf(failureCode)}</p>
        <small>
          {failureCode !== null && `${failureCode} · `}
          <Time at={failedAt} />
        </small>
      </Notice>
    )
  }
  if (succeededAt === null) return null
  return (
    <Notice tone="good" title="The last call succeeded">
      <Time at={succeededAt} />
    </Notice>
  )
}

function reasonOf(code: string | null): string | undefined {
  return code === null ? 'The target answered with a server error (5xx).' : callReason({ transportCode: code })
}

import type { RecentCall } from '@mtls-gateway/contract'
import { Badge } from '../../ui/badge.tsx'
import type { Tone } from '../../ui/tone.ts'

export const outcomeWords: Readonly<Record<RecentCall['outcome'], readonly [word: string, tone: Tone]>> = {
  succeeded: ['Succeeded', 'good'],
  failed: ['Failed', 'bad'],
  refused: ['Refused', 'warn'],
  aborted: ['Caller left', 'quiet'],
}

/** How a call ended. */
export function CallOutcome({ outcome }: Pick<RecentCall, 'outcome'>) {
  const [word, tone] = outcomeWords[outcome]
  return <Badge tone={tone}>{word}</Badge>
}

import type { ApprovalRequest } from '@mtls-gateway/contract'
import { stateNames } from '../../format/approval-words.ts'
import { Badge, Badges } from '../../ui/badge.tsx'
import type { Tone } from '../../ui/tone.ts'

const tones: Readonly<Record<ApprovalRequest['state'], Tone>> = {
  open: 'warn',
  approved: 'good',
  refused: 'bad',
  expired: 'quiet',
  overridden: 'bad',
  outdated: 'quiet',
}

/** How a request stands, and whether it is for others to decide. */
export function ApprovalBadge({ request: { state, mine } }: { readonly request: ApprovalRequest }) {
  return (
    <Badges>
      <Badge tone={tones[state]}>{stateNames[state]}</Badge>
      {mine && state === 'open' && <Badge>For others</Badge>}
    </Badges>
  )
}

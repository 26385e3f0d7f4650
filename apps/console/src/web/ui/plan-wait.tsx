import type { Plan } from '@mtls-gateway/contract'
import { waitPhrases } from '../format/plan-sentence.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { ChangeLink } from './change-link.tsx'
import { Notice } from './notice.tsx'

export interface PlanWaitProps {
  readonly certificateId: number
  readonly waitsFor: NonNullable<Plan['waitsFor']>
}

/** What a person has to do before a plan goes on, and where. */
export function PlanWait({ certificateId, waitsFor }: PlanWaitProps) {
  const accountId = useAccountId()
  const isSignature = waitsFor === 'signature'
  return (
    <Notice
      tone="warn"
      title={`${waitPhrases[waitsFor]}.`}
      action={
        <ChangeLink to={isSignature ? paths.signing(accountId, certificateId) : paths.rotate(accountId, certificateId)}>
          {isSignature ? 'Upload the certificate' : 'Open the rotation'}
        </ChangeLink>
      }
    />
  )
}

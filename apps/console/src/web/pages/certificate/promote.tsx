import type { CertificateDetails } from '@mtls-gateway/contract'
import { changesOfQuery } from '../../api/certificate-parts.ts'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { say } from '../../ui/toasts.tsx'
import { whyNotPromoted, whyNotReady, whyToCompare } from '../rotate/staged-reasons.ts'

export interface PromoteProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

/** Puts the staged version in use, if nothing speaks against it: for the rest there are the steps of a rotation. */
export function Promote({ certificate: { id, staged }, etag }: PromoteProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { mutate, error, isPending } = useChange({
    change: (certificateId: number, idempotencyKey) =>
      clientOf(accountId).promoteStaged({ certificateId, ifMatch: etag, idempotencyKey }),
    changes: [certificatesKey(accountId), changesOfQuery(accountId, id).queryKey],
    onDone: () => say({ text: 'The next version is in use. You can roll back to the previous one.' }),
  })
  const reason = missingScope ?? whyNotReady(staged) ?? whyNotPromoted(staged) ?? whyToCompare(staged)
  return (
    <>
      <div>
        <Button isPending={isPending} disabledReason={reason} onClick={() => mutate(id)}>
          Promote
        </Button>
      </div>
      {error && <Failure error={error} />}
    </>
  )
}

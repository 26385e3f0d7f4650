import type { Certificate } from '@mtls-gateway/contract'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { say } from '../../ui/toasts.tsx'

export interface RollBackProps {
  readonly certificate: Certificate
  readonly etag: string | null
  /** `fingerprint`: of the version that is in use again. */
  readonly onBack?: (fingerprint: string | null) => void
}

/** The way back, in place: the version before is in use again. A second rollback undoes the first. */
export function RollBack({ certificate, etag, onBack }: RollBackProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { id, previous } = certificate
  const rollBack = useChange({
    change: (certificateId: number, idempotencyKey) =>
      clientOf(accountId).rollBack({ certificateId, ifMatch: etag, idempotencyKey }),
    changes: [certificatesKey(accountId)],
    onDone: () => {
      onBack?.(previous?.fingerprintSha256 ?? null)
      say({ text: 'The previous version is in use again. Roll back once more to undo this.', about: String(id) })
    },
  })
  const reason = missingScope ?? (previous === undefined ? 'There is no previous version.' : undefined)
  return (
    <>
      <div>
        <Button isPending={rollBack.isPending} disabledReason={reason} onClick={() => rollBack.mutate(id)}>
          Roll back
        </Button>
      </div>
      {rollBack.error && <Failure error={rollBack.error} />}
    </>
  )
}

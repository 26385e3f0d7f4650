import type { Certificate } from '@mtls-gateway/contract'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { shellWord } from '../../format/shell-word.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { whyNotPromoted, whyNotReady } from './staged-reasons.ts'

export interface PromoteStepProps {
  readonly certificate: Certificate
  readonly etag: string | null
}

/** Puts the staged version in use. After a probe that failed it takes a second thought. */
export function PromoteStep({ certificate, etag }: PromoteStepProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { id, name, staged } = certificate
  const promote = useChange({
    change: (force: boolean, idempotencyKey) =>
      clientOf(accountId).promoteStaged({
        certificateId: id,
        query: force ? { force: 'true' } : {},
        ifMatch: etag,
        idempotencyKey,
      }),
    changes: [certificatesKey(accountId)],
  })
  const cannot = missingScope ?? whyNotReady(staged)
  const shouldNot = whyNotPromoted(staged)
  return (
    <>
      <p>New calls present it from then on. You can roll back to the previous version for 30 days.</p>
      {cannot === undefined && staged?.lastProbe === null && (
        <p>It has not been probed, so nobody knows yet whether the targets accept it.</p>
      )}
      <div>
        <Button
          look={cannot === undefined && staged?.lastProbe?.ok === true ? 'primary' : 'plain'}
          isPending={promote.isPending}
          disabledReason={cannot ?? shouldNot}
          onClick={() => promote.mutate(false)}
        >
          Promote
        </Button>
      </div>
      {promote.error && <Failure error={promote.error} />}
      {cannot === undefined && shouldNot !== undefined && (
        <details>
          <summary>Promote it anyway</summary>
          <p>Where targets refuse it, calls fail until you roll back.</p>
          <Button look="danger" isPending={promote.isPending} onClick={() => promote.mutate(true)}>
            Promote although the probe failed
          </Button>
        </details>
      )}
      <AsCommand command={`mtls rotate ${shellWord(name)}${shouldNot === undefined ? '' : ' --force'} --wait`} />
    </>
  )
}

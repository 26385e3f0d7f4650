import type { CertificateDetails } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Failure } from '../../ui/failure.tsx'
import { CheckField } from '../../ui/field.tsx'
import { whyNotPromoted, whyNotReady } from './staged-reasons.ts'
import { whatIsMeant } from './version-comparison.tsx'

export interface PromoteStepProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

/** Puts the staged version in use. After a failed probe, or if it is no usual renewal, it takes a second thought. */
export function PromoteStep({ certificate, etag }: PromoteStepProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { id, name, staged } = certificate
  const accept = (staged?.differences ?? []).map(({ code }) => code).join()
  // The two versions that were compared.
  const compared = `${certificate.fingerprintSha256} ${staged?.fingerprintSha256} ${accept}`
  const [meant, setMeant] = useState<string>()
  const isMeant = accept === '' || meant === compared
  const promote = useChange({
    change: (query: { readonly force?: 'true'; readonly accept?: string }, idempotencyKey) =>
      clientOf(accountId).promoteStaged({ certificateId: id, query, ifMatch: etag, idempotencyKey }),
    changes: [certificatesKey(accountId)],
  })
  const cannot = missingScope ?? whyNotReady(staged)
  const shouldNot = whyNotPromoted(staged)
  const meaning = whatIsMeant(staged)
  const notMeant = isMeant
    ? undefined
    : 'It is not a usual renewal. Compare it with the version in use, and say that this is meant.'
  const accepted = accept === '' ? {} : { accept }
  return (
    <>
      <p>New calls present it from then on. You can roll back to the previous version for 30 days.</p>
      {cannot === undefined && staged?.lastProbe === null && (
        <p>It has not been probed, so nobody knows yet whether the targets accept it.</p>
      )}
      {cannot === undefined && meaning !== undefined && (
        <CheckField
          label={meaning}
          hint="Step 1 compares it with the version in use. If it is the wrong file, drop it there."
          checked={isMeant}
          onChange={({ target }) => setMeant(target.checked ? compared : undefined)}
        />
      )}
      <div>
        <Button
          look={cannot === undefined && isMeant && staged?.lastProbe?.ok === true ? 'primary' : 'plain'}
          isPending={promote.isPending}
          disabledReason={cannot ?? shouldNot ?? notMeant}
          onClick={() => promote.mutate(accepted)}
        >
          Promote
        </Button>
      </div>
      {promote.error && <Failure error={promote.error} />}
      {cannot === undefined && shouldNot !== undefined && (
        <details>
          <summary>Promote it anyway</summary>
          <p>Where targets refuse it, calls fail until you roll back.</p>
          <Button
            look="danger"
            isPending={promote.isPending}
            disabledReason={notMeant}
            onClick={() => promote.mutate({ ...accepted, force: 'true' })}
          >
            Promote although the probe failed
          </Button>
        </details>
      )}
      <AsCommand
        command={[
          `mtls rotate ${shellWord(name)}`,
          ...(shouldNot === undefined ? [] : ['--force']),
          ...(meaning === undefined ? [] : ['--yes']),
          '--wait',
        ].join(' ')}
      />
    </>
  )
}

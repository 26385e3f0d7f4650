import type { Certificate } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { PropagationReceipt } from '../../ui/propagation-receipt.tsx'

export interface ReceiptStepProps {
  readonly certificate: Certificate
  /** The version in use is the one from before. */
  readonly isBack: boolean
  /** All forwarders present it. */
  readonly isEverywhere: boolean
}

/** Who presents the version in use by now, without a reload, and what is left to do. */
export function ReceiptStep({ certificate: { id }, isBack, isEverywhere }: ReceiptStepProps) {
  const accountId = useAccountId()
  const next = isBack
    ? 'Once the fault is found, roll back once more to use the newer version again, or stage another one.'
    : isEverywhere
      ? 'Then have the previous certificate revoked. Once it is, rolling back no longer helps.'
      : 'Don’t have the previous certificate revoked before then.'
  return (
    <>
      {isBack && <p>You have rolled back: the version from before is in use again. Don’t have it revoked.</p>}
      <PropagationReceipt certificateId={String(id)} />
      <p>
        {isEverywhere ? 'Look' : 'Once all forwarders present the version in use, look'} at{' '}
        <Link to={paths.calls(accountId)}>the calls</Link> to see that they succeed. {next}
      </p>
    </>
  )
}

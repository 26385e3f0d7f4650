import type { Certificate } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { PropagationReceipt } from '../../ui/propagation-receipt.tsx'

export interface ReceiptStepProps {
  readonly certificate: Certificate
  /** Where calls went: `unknown` if the version in use expires first, which a rollback or an older file can bring. */
  readonly direction: 'back' | 'forth' | 'unknown'
  /** All forwarders present it. */
  readonly isEverywhere: boolean
}

/** Who presents the version in use by now, without a reload, and what is left to do. */
export function ReceiptStep({ certificate: { id }, direction, isEverywhere }: ReceiptStepProps) {
  const accountId = useAccountId()
  const forth = isEverywhere
    ? 'Then have the previous certificate revoked. Once it is, rolling back no longer helps.'
    : 'Don’t have the previous certificate revoked before then.'
  const next = {
    back: 'Once the fault is found, roll back once more to use the newer version again, or stage another one.',
    forth,
    unknown: 'To use the version that expires later again, roll back.',
  }[direction]
  return (
    <>
      {direction === 'back' && (
        <p>You have rolled back: the version from before is in use again. Don’t have it revoked.</p>
      )}
      {direction === 'unknown' && (
        <p>
          The version in use expires before the previous one: somebody rolled back, or promoted an older file. Don’t
          have either certificate revoked until you know which one you want.
        </p>
      )}
      <PropagationReceipt certificateId={String(id)} />
      <p>
        {isEverywhere ? 'Look' : 'Once all forwarders present the version in use, look'} at{' '}
        <Link to={paths.calls(accountId)}>the calls</Link> to see that they succeed. {next}
      </p>
    </>
  )
}

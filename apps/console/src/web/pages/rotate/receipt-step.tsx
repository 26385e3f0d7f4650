import { PropagationReceipt } from '../../ui/propagation-receipt.tsx'

/** Who presents the new version by now, without a reload. */
export function ReceiptStep({ certificateId }: { readonly certificateId: string }) {
  return <PropagationReceipt certificateId={certificateId} afterwards="Now have the old one revoked." />
}

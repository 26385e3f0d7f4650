import type { CertificateDetails } from '@mtls-gateway/contract'
import { Card } from '../../ui/card.tsx'
import { PropagationReceipt } from '../../ui/propagation-receipt.tsx'
import { VersionLane } from '../../ui/version-lane.tsx'
import { RollBack } from '../rotate/roll-back.tsx'
import { Promote } from './promote.tsx'

export interface VersionsCardProps {
  readonly certificate: CertificateDetails
  /** As it is shown. */
  readonly etag: string | null
}

/** The versions on one axis, with the two ways from one to the other between them, and who presents the one in use. */
export function VersionsCard({ certificate, etag }: VersionsCardProps) {
  const { id, previous, status } = certificate
  return (
    <>
      <Card title="Versions">
        <VersionLane
          certificate={certificate}
          rollBack={previous && <RollBack certificate={certificate} etag={etag} />}
          promote={<Promote certificate={certificate} etag={etag} />}
        />
      </Card>
      {/* Calls by any other are refused. */}
      {status === 'Available' && (
        <Card title="Who presents it now">
          <PropagationReceipt certificateId={String(id)} />
        </Card>
      )}
    </>
  )
}

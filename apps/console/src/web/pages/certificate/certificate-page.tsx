import type { CertificateDetails } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificateQuery } from '../../api/certificates.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { CertificateStatus } from '../../ui/certificate-status.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { PromotionCard } from '../rotate/promotion-card.tsx'
import { AuditCard } from './audit-card.tsx'
import { DangerCard } from './danger-card.tsx'
import { DownloadPem } from './download-pem.tsx'
import { FactsCard } from './facts-card.tsx'
import { HandoversCard } from './handovers-card.tsx'
import { MappingsCard } from './mappings-card.tsx'
import { NextStep } from './next-step.tsx'
import { PlanCard } from './plan-card.tsx'
import { ProbeCard } from './probe-card.tsx'
import { TrialCard } from './trial-card.tsx'
import { VersionsCard } from './versions-card.tsx'

/** All that there is to know of a certificate, and where to go on with it. What can't be undone comes last. */
export function CertificatePage({ certificateId }: { readonly certificateId: string }) {
  const accountId = useAccountId()
  const query = useQuery(certificateQuery(accountId, certificateId))
  const certificate = query.data?.body
  return (
    <>
      <PageHeader
        title={certificate?.name ?? 'Certificate'}
        badge={certificate && <CertificateStatus certificate={certificate} />}
        above={<Link to={paths.certificates(accountId)}>Certificates</Link>}
        actions={certificate && certificate.status !== 'PendingSignature' && <Actions certificate={certificate} />}
      />
      <Answered query={query} label="Loading the certificate">
        {query.data && <Parts certificate={query.data.body} etag={query.data.etag} />}
      </Answered>
    </>
  )
}

function Actions({ certificate: { id, name } }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  return (
    <>
      <DownloadPem certificateId={id} name={name} />
      <ChangeLink to={paths.newMapping(accountId, { certificateId: id })}>Map a url</ChangeLink>
      <ChangeLink to={paths.rotate(accountId, id)} look="primary">
        Rotate
      </ChangeLink>
    </>
  )
}

interface PartsProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

function Parts({ certificate, etag }: PartsProps) {
  const { id, status, staged, plan } = certificate
  const isPending = status === 'PendingSignature'
  return (
    <>
      <NextStep certificate={certificate} />
      {!isPending && <VersionsCard certificate={certificate} etag={etag} />}
      {(!isPending || plan) && <PlanCard certificate={certificate} etag={etag} />}
      {!isPending && <PromotionCard certificate={certificate} etag={etag} />}
      {!isPending && <HandoversCard certificate={certificate} />}
      <FactsCard certificate={certificate} />
      <MappingsCard certificate={certificate} />
      {!isPending && <TrialCard certificate={certificate} />}
      {staged?.lastProbe && <ProbeCard probe={staged.lastProbe} certificateId={id} />}
      <AuditCard certificateId={id} />
      <DangerCard certificate={certificate} etag={etag} />
    </>
  )
}

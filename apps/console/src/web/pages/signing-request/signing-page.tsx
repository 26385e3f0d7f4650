import type { CertificateDetails } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificateQuery } from '../../api/certificates.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { CertificateStatus } from '../../ui/certificate-status.tsx'
import { FocusHere } from '../../ui/focus-here.tsx'
import { AnswerForm } from './answer-form.tsx'
import { RequestCard } from './request-card.tsx'
import { RequestForm } from './request-form.tsx'

/** A request that waits for its CA, to take along and to give back what the CA answered; or else one for a renewal. */
export function SigningPage({ certificateId }: { readonly certificateId: string }) {
  const accountId = useAccountId()
  const query = useQuery(certificateQuery(accountId, certificateId))
  const certificate = query.data?.body
  return (
    <>
      <PageHeader
        title={certificate === undefined ? 'Signing request' : titleOf(certificate)}
        badge={
          certificate &&
          isOpen(certificate) && (
            <CertificateStatus certificate={{ status: 'PendingSignature', expirationDate: null }} />
          )
        }
        above={<Link to={paths.certificate(accountId, certificateId)}>{certificate?.name ?? 'Certificate'}</Link>}
      >
        {certificate && sentenceOf(certificate)}
      </PageHeader>
      <Answered query={query} label="Loading the request">
        {certificate && <Signing certificate={certificate} />}
      </Answered>
    </>
  )
}

function Signing({ certificate }: { readonly certificate: CertificateDetails }) {
  if (!isOpen(certificate)) return <RequestForm renewed={certificate} />
  const isFirst = certificate.status === 'PendingSignature'
  return (
    <FocusHere key="open">
      <RequestCard certificate={certificate} isFirst={isFirst} />
      <AnswerForm certificate={certificate} isFirst={isFirst} />
    </FocusHere>
  )
}

function isOpen({ status, staged }: CertificateDetails): boolean {
  return status === 'PendingSignature' || staged?.status === 'PendingSignature'
}

function titleOf({ status, name }: CertificateDetails): string {
  return status === 'PendingSignature' ? `Signing request of ${name}` : `Renew ${name}`
}

function sentenceOf(certificate: CertificateDetails): string {
  return isOpen(certificate)
    ? 'The gateway has made the key, which never leaves it. The certificate for it comes from your CA.'
    : 'The gateway makes the key of the next version, and a request for your CA to sign. The version in use stays in use until you promote the next one.'
}

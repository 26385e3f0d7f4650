import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificateQuery } from '../../api/certificates.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { RotationSteps } from './rotation-steps.tsx'

/** Rotating without fear: stage, probe, promote, presented everywhere. How far one is, the server knows. */
export function RotatePage({ certificateId }: { readonly certificateId: string }) {
  const accountId = useAccountId()
  const query = useQuery(certificateQuery(accountId, certificateId))
  const name = query.data?.body.name
  return (
    <>
      <PageHeader
        title={name === undefined ? 'Rotate' : `Rotate ${name}`}
        above={<Link to={paths.certificate(accountId, certificateId)}>{name ?? 'Certificate'}</Link>}
      >
        The version in use stays in use until you promote the next one, and you can roll back.
      </PageHeader>
      <Answered query={query} label="Loading the certificate">
        {query.data && <RotationSteps loaded={query.data} />}
      </Answered>
    </>
  )
}

import { nextPageQuery } from '@mtls-gateway/client/page'
import type { CertificateDetails } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { mappingsOfQuery } from '../../api/certificate-parts.ts'
import { certificateQuery, certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { isConflict } from '../../ui/faults.ts'
import { Notice } from '../../ui/notice.tsx'
import { say } from '../../ui/toasts.tsx'
import { TypedName } from '../../ui/typed-name.tsx'
import styles from './danger-card.module.css'

export interface DangerCardProps {
  readonly certificate: CertificateDetails
  /** As it is shown: what was changed since is not deleted unseen. */
  readonly etag: string | null
}

/** Deletes the certificate with its key, once its name was typed and no mapping uses it. */
export function DangerCard({ certificate: { id, name, status }, etag }: DangerCardProps) {
  const accountId = useAccountId()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const missingScope = useMissingScope('mtls:write')
  const { data } = useQuery(mappingsOfQuery(accountId, id))
  const mappings = data?.body ?? []
  const { mutate, error, isPending } = useChange({
    change: (ifMatch: string | null, idempotencyKey) =>
      clientOf(accountId).deleteCertificate({ certificateId: id, ifMatch, idempotencyKey }),
    changes: [
      [...certificatesKey(accountId), 'list'],
      [...certificatesKey(accountId), 'known'],
    ],
    onDone: () => {
      say({ text: `${name} is deleted.` })
      navigate(paths.certificates(accountId), { replace: true })
    },
  })
  const remove = () =>
    mutate(etag, {
      onError: () => void queries.invalidateQueries({ queryKey: certificateQuery(accountId, String(id)).queryKey }),
    })
  return (
    <>
      {isConflict(error) && (
        <Notice tone="warn" title="The certificate was changed meanwhile by somebody else">
          The page shows it as it is now. To delete it all the same, press the button again.
        </Notice>
      )}
      <TypedName
        title="Delete the certificate"
        name={name}
        error={isConflict(error) ? null : error}
        isPending={isPending}
        disabledReason={missingScope ?? (mappings.length > 0 ? 'Mappings use it.' : undefined)}
        onConfirm={remove}
        command={`mtls certificates delete ${shellWord(name)}`}
      >
        {status === 'PendingSignature'
          ? 'Its key goes with it, and can’t be brought back: what your CA signs for it is then of no use.'
          : 'Its key, its chain and its other versions go with it, and can’t be brought back.'}
        {mappings.length > 0 && (
          <span className={styles.mappings}>
            {mappings.length === 1
              ? 'A mapping uses it. Delete the mapping, or give it another certificate first:'
              : 'Mappings use it. Delete the mappings, or give them another certificate first:'}{' '}
            {mappings.map(({ id: mappingId, name: mappingName }) => (
              <Link key={mappingId} to={paths.mapping(accountId, mappingId)}>
                {mappingName}
              </Link>
            ))}
            {data && nextPageQuery(data) !== undefined && (
              <Link to={paths.mappings(accountId, { certificateId: id })}>and others</Link>
            )}
          </span>
        )}
      </TypedName>
    </>
  )
}

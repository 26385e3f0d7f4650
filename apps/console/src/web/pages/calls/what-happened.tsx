import type { RecentCall } from '@mtls-gateway/contract'
import { isUnmapped } from '@mtls-gateway/contract/words'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { buttonClass } from '../../ui/button.tsx'
import { callReason } from '../../ui/call-reason.ts'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './what-happened.module.css'

const rotationHelps: ReadonlySet<string> = new Set(['CLIENT_CERTIFICATE_EXPIRED', 'CLIENT_KEY_MISSING'])

/** Why a call did not succeed, in a sentence, and where to go on from there. */
export function WhatHappened({ call }: { readonly call: RecentCall }) {
  const accountId = useAccountId()
  const { outcome, serviceName, url, certificateId, mappingId } = call
  const reason = callReason(call)
  return (
    <>
      {outcome !== 'succeeded' && reason !== undefined && (
        <Notice tone={outcome === 'failed' ? 'bad' : 'warn'} title="Why it did not succeed">
          {reason}
        </Notice>
      )}
      {url !== undefined && (
        <p className={styles.links}>
          {serviceName !== undefined && (
            <Link to={paths.explain(accountId, { service: serviceName, url })} className={buttonClass()}>
              Explain which certificate this call presents
            </Link>
          )}
          {certificateId !== undefined && rotationHelps.has(call.code ?? '') && (
            <ChangeLink to={paths.rotate(accountId, certificateId)}>Rotate the certificate</ChangeLink>
          )}
          {mappingId === undefined && isUnmapped(call) && (
            <ChangeLink
              to={paths.newMapping(accountId, { url, ...(serviceName !== undefined && { serviceId: serviceName }) })}
            >
              Map this url
            </ChangeLink>
          )}
          {outcome === 'failed' && certificateId !== undefined && (
            <ChangeLink to={paths.tryCertificate(accountId, certificateId, url)}>
              Try the certificate at this url
            </ChangeLink>
          )}
          {mappingId !== undefined && (
            <Link to={paths.mapping(accountId, mappingId)} className={buttonClass()}>
              Open the mapping
            </Link>
          )}
        </p>
      )}
    </>
  )
}

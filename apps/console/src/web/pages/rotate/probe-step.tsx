import type { CertificateDetails, LastProbe, ProbeResult } from '@mtls-gateway/contract'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { callReason } from '../../ui/call-reason.ts'
import { Failure } from '../../ui/failure.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './probed-urls.module.css'
import { ProbedUrls } from './probed-urls.tsx'
import { whyNotReady } from './staged-reasons.ts'

/** Shows the staged version to every mapped target. The calls of services go on with the version in use. */
export function ProbeStep({ certificate }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { id, staged } = certificate
  const probe = useChange({
    change: (certificateId: number, idempotencyKey) =>
      clientOf(accountId).probeStaged({ certificateId, idempotencyKey }),
    changes: [certificatesKey(accountId)],
  })
  const reason = missingScope ?? whyNotReady(staged)
  const results: readonly ProbeResult[] = probe.data?.body.results ?? []
  return (
    <>
      <p>
        The gateway calls every mapped target once with the next version. Your services keep using the version in use.
      </p>
      <div>
        <Button
          look={staged?.lastProbe == null ? 'primary' : 'plain'}
          isPending={probe.isPending}
          disabledReason={reason}
          onClick={() => probe.mutate(id)}
        >
          {staged?.lastProbe == null ? 'Probe' : 'Probe again'}
        </Button>
      </div>
      {probe.error && <Failure error={probe.error} />}
      {results.length > 0 ? (
        <ProbedUrls results={results} chain={staged?.chain} />
      ) : (
        staged?.lastProbe != null && <LastProbeView probe={staged.lastProbe} />
      )}
    </>
  )
}

/** What was kept of a probe, where this page has not made it itself. */
function LastProbeView({ probe: { at, ok, results, omitted } }: { readonly probe: LastProbe }) {
  return (
    <>
      <Notice tone={ok ? 'good' : 'bad'} title={ok ? 'Every target accepted it' : 'Not every target accepted it'}>
        Probed <Time at={at} />.
      </Notice>
      <ul className={styles.urls} aria-label="Probed urls">
        {results.map(({ url, result, code, status, mappingId }) => (
          <li key={`${url} ${mappingId}`}>
            <Badge tone={result === 'ok' ? 'good' : 'bad'}>{result === 'ok' ? 'Accepted' : 'Failed'}</Badge>{' '}
            <code>
              <Breakable text={url} />
            </code>
            {result === 'ok' ? (
              status !== null && <small> answered {status}</small>
            ) : (
              <p>
                {code !== null && reasonOf(code)} <small>{code ?? status}</small>
              </p>
            )}
          </li>
        ))}
      </ul>
      {omitted > 0 && <p>And {omitted} more.</p>}
    </>
  )
}

/** What the page has itself is what one is told to do next. */
function reasonOf(code: string): string | undefined {
  return code === 'SOCKET_CLOSED' || code === 'ECONNRESET'
    ? 'The target closed the connection without saying why. Probe again to see how far the handshake came.'
    : callReason({ transportCode: code })
}

import type { RecentCall } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Facts } from '../../ui/facts.tsx'
import { Time } from '../../ui/time.tsx'
import { CallPhases } from './call-phases.tsx'

/** All that is known of one call: who, to whom, by what, how it ended, and where the time went. */
export function CallDetails({ call }: { readonly call: RecentCall }) {
  const accountId = useAccountId()
  const { serviceName, mappingId, certificateId } = call
  return (
    <>
      <Facts
        facts={{
          When: <Time at={call.at} />,
          Url: call.url,
          Outcome: call.outcome,
          Status: call.status ?? 'there was no answer',
          Code: call.code,
          'Transport code': call.transportCode,
          Phase: call.phase,
          Service: serviceName,
          Mapping: mappingId && <Link to={paths.mapping(accountId, mappingId)}>{mappingId}</Link>,
          Certificate: certificateId && <Link to={paths.certificate(accountId, certificateId)}>{certificateId}</Link>,
          Version: call.fingerprintSha256 && <code>{call.fingerprintSha256}</code>,
          Caller: call.caller,
          'From address': call.clientAddress,
          'Request id': <code>{call.requestId}</code>,
        }}
      />
      <CallPhases call={call} />
      {serviceName !== undefined && call.url !== undefined && (
        <p>
          <Link to={paths.explain(accountId, { service: serviceName, url: call.url })}>
            Explain which certificate this call presents
          </Link>
        </p>
      )}
    </>
  )
}

import type { RecentCall } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificateNamesQuery } from '../../api/known-certificates.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Facts } from '../../ui/facts.tsx'
import { Time } from '../../ui/time.tsx'
import { CallPhases } from './call-phases.tsx'
import { WhatHappened } from './what-happened.tsx'

/** All that is known of one call: who, to whom, by what, how it ended, and where the time went. */
export function CallDetails({ call }: { readonly call: RecentCall }) {
  const accountId = useAccountId()
  const { serviceName, mappingId, certificateId } = call
  const { data: names } = useQuery(certificateNamesQuery(accountId))
  const certificateName = names?.find(({ id }) => id === String(certificateId))?.name
  return (
    <>
      <WhatHappened call={call} />
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
          Certificate: certificateId && (
            <Link to={paths.certificate(accountId, certificateId)}>{certificateName ?? certificateId}</Link>
          ),
          'Certificate’s SHA-256': call.fingerprintSha256 && <code>{call.fingerprintSha256}</code>,
          Caller: call.caller,
          'From address': call.clientAddress,
          'Request id': <code>{call.requestId}</code>,
        }}
      />
      <CallPhases call={call} />
    </>
  )
}

import type { RecentCall } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificatesByIdQuery } from '../../api/known-certificates.ts'
import { mappingQuery } from '../../api/mappings.ts'
import { nameOf } from '../../format/name-of.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Facts } from '../../ui/facts.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { Time } from '../../ui/time.tsx'
import { CallOutcome } from './call-outcome.tsx'
import { CallPhases } from './call-phases.tsx'
import { MappingName } from './mapping-name.tsx'
import { WhatHappened } from './what-happened.tsx'

/** All that is known of one call: who, to whom, by what, how it ended, and where the time went. */
export function CallDetails({ call }: { readonly call: RecentCall }) {
  const accountId = useAccountId()
  const { serviceName, mappingId, certificateId } = call
  const certificateIds = certificateId === undefined ? [] : [String(certificateId)]
  const { data: certificates = [] } = useQuery(certificatesByIdQuery(accountId, certificateIds))
  return (
    <>
      <WhatHappened call={call} />
      <Facts
        facts={{
          When: <Time at={call.at} />,
          Url: call.url && <Breakable text={call.url} />,
          Outcome: <CallOutcome outcome={call.outcome} />,
          'Answered with': call.status ?? 'nothing',
          Code: call.code,
          'Transport code': call.transportCode,
          Phase: call.phase,
          Service: serviceName,
          Mapping: mappingId && <MappingLink mappingId={mappingId} calledUrl={call.url} />,
          Certificate: certificateId && (
            <Link to={paths.certificate(accountId, certificateId)}>{nameOf(certificates, String(certificateId))}</Link>
          ),
          'Certificate’s SHA-256': call.fingerprintSha256 && <KeyText text={call.fingerprintSha256} />,
          Caller: call.caller && <KeyText text={call.caller} />,
          'From address': call.clientAddress,
          'Request id': <KeyText text={call.requestId} />,
        }}
      />
      <CallPhases call={call} />
    </>
  )
}

interface MappingLinkProps {
  readonly mappingId: number
  readonly calledUrl: string | undefined
}

/** By its name; and its url, where that is a pattern or has a query. */
function MappingLink({ mappingId, calledUrl }: MappingLinkProps) {
  const { data } = useQuery(mappingQuery(useAccountId(), String(mappingId)))
  return (
    <>
      <MappingName mappingId={mappingId} />
      {data !== undefined && data.body.url !== calledUrl && (
        <div>
          <code>
            <Breakable text={data.body.url} />
          </code>
        </div>
      )}
    </>
  )
}

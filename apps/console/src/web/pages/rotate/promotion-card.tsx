import type { CertificateDetails, Mapping } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { changesOfQuery, mappingsOfQuery, shownMappings } from '../../api/certificate-parts.ts'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { callReason } from '../../ui/call-reason.ts'
import { Card } from '../../ui/card.tsx'
import { Failure } from '../../ui/failure.tsx'
import { CheckField } from '../../ui/field.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Url, urlMinWidth } from '../../ui/url.tsx'
import { whyNotPromoted } from './staged-reasons.ts'
import { whatIsMeant } from './version-comparison.tsx'

export interface PromotionCardProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

type Standing = NonNullable<CertificateDetails['promotion']>['mappings'][number]

interface Row extends Pick<Mapping, 'id' | 'name' | 'url'> {
  readonly state: Standing['state']
  readonly since: string | null
  /** How its target refuses the promoted version, in calls or in the last probe. */
  readonly code: string | null
  /** How it refuses the version in use, before the next one is presented. */
  readonly codeInUse: string | null
}

/**
 * The next version, mapping by mapping: for targets whose owners register it on different days. There while something
 * is staged for several mappings, or they present different versions.
 */
export function PromotionCard({ certificate, etag }: PromotionCardProps) {
  const { id, name, staged, promotion } = certificate
  const accountId = useAccountId()
  const isOffered = promotion !== undefined || staged?.status === 'Available'
  const query = useQuery({ ...mappingsOfQuery(accountId, id), enabled: isOffered })
  const rows = rowsOf(query.data?.body ?? [], certificate)
  const [isMeant, setMeant] = useState(false)
  const missingScope = useMissingScope('mtls:write')
  const accept = (staged?.differences ?? []).map(({ code }) => code).join()
  const move = useChange({
    change: ({ mapping, isBack }: { readonly mapping: number; readonly isBack: boolean }, idempotencyKey) => {
      const common = { certificateId: id, ifMatch: etag, idempotencyKey, body: { mappings: [mapping] } }
      if (isBack) return clientOf(accountId).rollBack(common)
      return clientOf(accountId).promoteStaged({ ...common, ...(accept !== '' && { query: { accept } }) })
    },
    changes: [certificatesKey(accountId), changesOfQuery(accountId, id).queryKey],
  })
  if (!isOffered || rows.length < 2) return null
  const meaning = whatIsMeant(staged)
  const notMeant = accept === '' || isMeant ? undefined : 'It is not a usual renewal. Say that this is meant first.'
  const action = ({ id: mapping, name: mappingName, state }: Row) => {
    const isBack = state === 'presents'
    // What another target refuses does not matter here.
    const whyNot = state === 'tested' ? undefined : whyNotPromoted(staged)
    return (
      <Button
        aria-label={`${isBack ? 'Roll back' : 'Promote'} for ${mappingName}`}
        isPending={move.isPending && move.variables.mapping === mapping}
        disabledReason={missingScope ?? (isBack ? undefined : (whyNot ?? notMeant))}
        onClick={() => move.mutate({ mapping, isBack })}
      >
        {isBack ? 'Roll back' : 'Promote'}
      </Button>
    )
  }
  return (
    <Card title="Mapping by mapping">
      <p>
        {promotion === undefined || promotion.left === promotion.mappings.length
          ? 'Where targets register certificates by hand, promote the next version for each mapping once its target is ready.'
          : `${promotion.left} of ${promotion.mappings.length} mappings do not present the promoted version.`}
      </p>
      {meaning !== undefined && (
        <CheckField label={meaning} checked={isMeant} onChange={({ target }) => setMeant(target.checked)} />
      )}
      <Table
        label="Mapping by mapping"
        columns={[...columns, { head: 'Action', kind: 'actions', cell: action }]}
        rows={rows}
        keyOf={({ id: mapping }) => mapping}
      />
      {rows.length === shownMappings && <p>These are the first {shownMappings}.</p>}
      <AsCommand command={`mtls rotate ${shellWord(name)} --mapping MAPPING`} />
      {move.error && <Failure error={move.error} />}
    </Card>
  )
}

const words: Readonly<Record<Standing['state'], string>> = {
  waiting: 'waits',
  handedOver: 'handed over',
  registered: 'registered',
  tested: 'tested',
  presents: 'presents it',
  rolledBack: 'rolled back',
}

const tones: Readonly<Record<Standing['state'], 'good' | 'warn' | 'quiet'>> = {
  waiting: 'quiet',
  handedOver: 'quiet',
  registered: 'good',
  tested: 'good',
  presents: 'good',
  rolledBack: 'warn',
}

const columns: readonly Column<Row>[] = [
  { head: 'Name', minWidth: '8em', cell: ({ name }) => <LongText text={name} /> },
  { head: 'Url', minWidth: urlMinWidth, cell: ({ url }) => <Url url={url} /> },
  { head: 'State', minWidth: '9em', cell: (row) => <State row={row} /> },
  { head: 'Since', kind: 'word', cell: ({ since }) => (since === null ? '–' : <Time at={since} />) },
]

function State({ row: { state, code, codeInUse } }: { readonly row: Row }) {
  return (
    <>
      <Badge tone={tones[state]}>{words[state]}</Badge>
      {code !== null && (
        <p>
          {callReason({ transportCode: code })} <small>{code}</small>
        </p>
      )}
      {codeInUse !== null && (
        <p>
          The version in use: {callReason({ transportCode: codeInUse })} <small>{codeInUse}</small>
        </p>
      )}
    </>
  )
}

/** By calls, now or until it was rolled back. */
function isPresented(state: Standing['state']): boolean {
  return state === 'presents' || state === 'rolledBack'
}

function rowsOf(mappings: readonly Mapping[], { promotion, staged }: CertificateDetails): readonly Row[] {
  const byId = new Map(promotion?.mappings.map((standing) => [standing.id, standing]))
  const failed = staged?.lastProbe?.results.filter(({ result }) => result === 'failed') ?? []
  return mappings.map(({ id, name, url }) => {
    const { state = 'waiting', since = null, code: refusal } = byId.get(id) ?? {}
    const failure = failed.find(({ mappingId, url: probed }) => mappingId === id || probed === url)
    const probed = state === 'presents' || state === 'tested' ? null : (failure?.code ?? null)
    const isOfPromoted = isPresented(state)
    return {
      ...{ id, name, url, state, since },
      code: (isOfPromoted ? refusal : undefined) ?? probed,
      codeInUse: isOfPromoted ? null : (refusal ?? null),
    }
  })
}

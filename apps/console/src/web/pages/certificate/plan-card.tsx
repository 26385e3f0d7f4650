import { nextPageQuery } from '@mtls-gateway/client/page'
import type { CertificateDetails, Plan } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { changesOfQuery, mappingsOfQuery } from '../../api/certificate-parts.ts'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { originOf } from '../../api/plans.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { planSentence } from '../../format/plan-sentence.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PlanWait } from '../../ui/plan-wait.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import { useNow } from '../../ui/use-now.ts'
import styles from './plan-card.module.css'
import { PlanForm, promotionNames, rollBackNames, testNames } from './plan-form.tsx'

export interface PlanCardProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

/** How the certificate renews itself: what comes next and when, or for whom it waits. */
export function PlanCard({ certificate, etag }: PlanCardProps) {
  const { id, name, plan } = certificate
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const [isOpen, setOpen] = useState(false)
  const restore = useChange({
    change: ({ profile, source, renewAt, test, promote, rollBack }: Plan, idempotencyKey) =>
      clientOf(accountId).setPlan({
        certificateId: id,
        body: { ...originOf({ profile, source }), renewAt, test, promote, rollBack },
        idempotencyKey,
      }),
    changes: [certificatesKey(accountId), changesOfQuery(accountId, id).queryKey],
  })
  const open = (
    <Button disabledReason={missingScope} onClick={() => setOpen(true)}>
      {plan ? 'Change the plan' : 'Set a plan'}
    </Button>
  )
  return (
    <Card title="Renewal" action={plan ? <PlanState plan={plan} /> : open}>
      {plan ? (
        <>
          <PlanFacts certificate={certificate} plan={plan} />
          <PlanActions certificate={certificate} plan={plan} etag={etag} change={open} onUndo={restore.mutate} />
        </>
      ) : (
        <p>
          People renew this certificate. With a plan, the gateway orders the next version from an issuer in time, tries
          it at every mapped url, and puts it in use.
        </p>
      )}
      {restore.error && <Failure error={restore.error} />}
      {isOpen && <PlanForm certificateId={id} name={name} plan={plan} etag={etag} onClose={() => setOpen(false)} />}
    </Card>
  )
}

const stateWords: Readonly<Record<Plan['state'], string>> = {
  idle: 'Nothing due',
  requested: 'Requested',
  ordered: 'Ordered',
  staged: 'Staged',
  tested: 'Tested',
  promoting: 'Promoting',
}

function PlanState({ plan: { state, waitsFor, attempts } }: { readonly plan: Plan }) {
  if (waitsFor !== null) return <Badge tone="warn">Waits for somebody</Badge>
  if (attempts > 0) return <Badge tone="bad">Fails</Badge>
  return <Badge tone={state === 'idle' ? 'good' : 'accent'}>{stateWords[state]}</Badge>
}

interface PartProps {
  readonly certificate: CertificateDetails
  readonly plan: Plan
}

function PlanFacts({ certificate, plan }: PartProps) {
  const { id, promotion } = certificate
  const { profile, source, renewAt, test, promote, rollBack, attempts, lastFailure } = plan
  const { data } = useQuery(mappingsOfQuery(useAccountId(), id))
  const now = useNow()
  const mappings = data && nextPageQuery(data) === undefined ? data.body : undefined
  const failure = lastFailure && (
    <>
      {lastFailure.sentence} Failed <Time at={lastFailure.at} />. <small>{lastFailure.code}</small>
    </>
  )
  return (
    <>
      {plan.waitsFor === null ? (
        <p className={styles.sentence}>{planSentence({ plan, mappings, left: promotion?.left, now })}</p>
      ) : (
        <PlanWait certificateId={id} waitsFor={plan.waitsFor} />
      )}
      {attempts > 0 && (
        <Notice tone="bad" title={attempts === 1 ? 'The last attempt failed' : `The last ${attempts} attempts failed`}>
          {failure}
        </Notice>
      )}
      <Facts
        facts={{
          Issuer: profile ?? undefined,
          Source: source ?? undefined,
          Renews: source === null ? `after ${Math.round(renewAt * 100)} % of its lifetime` : undefined,
          Test: testNames[test],
          Promotion: promotionNames[promote],
          Rollback: rollBackNames[rollBack],
          'Last failure': attempts === 0 && failure !== null ? failure : undefined,
        }}
      />
    </>
  )
}

interface PlanActionsProps extends PlanCardProps, PartProps {
  readonly change: ReactNode
  readonly onUndo: (plan: Plan) => void
}

function PlanActions({ certificate, plan, etag, change, onUndo }: PlanActionsProps) {
  const { id, name } = certificate
  const accountId = useAccountId()
  const queries = useQueryClient()
  const missingScope = useMissingScope('mtls:write')
  const changes = [certificatesKey(accountId), changesOfQuery(accountId, id).queryKey]
  const run = useChange({
    change: (certificateId: number) => clientOf(accountId).runPlan({ certificateId }),
    changes,
    onDone: () => say({ text: 'The step is done. What follows it goes on by itself.', about: String(id) }),
  })
  const remove = useChange({
    change: (certificateId: number, idempotencyKey) =>
      clientOf(accountId).removePlan({ certificateId, ifMatch: etag, idempotencyKey }),
    changes,
    onDone: () =>
      say({
        text: `${name} has no plan any more. A version that has come stays staged.`,
        about: String(id),
        action: { label: 'Undo', run: () => onUndo(plan) },
      }),
  })
  const isWaiting =
    plan.next === null ? 'There is no step that it does by itself now. Do what it waits for.' : undefined
  // A step that fails changes when it is tried again.
  const onError = () => void Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })))
  return (
    <>
      {run.error && <Failure error={run.error} />}
      {remove.error && <Failure error={remove.error} />}
      <div className={styles.actions}>
        <Button
          isPending={run.isPending}
          disabledReason={missingScope ?? isWaiting}
          onClick={() => run.mutate(id, { onError })}
        >
          Run the next step now
        </Button>
        {change}
        <Button isPending={remove.isPending} disabledReason={missingScope} onClick={() => remove.mutate(id)}>
          Remove the plan
        </Button>
      </div>
      <AsCommand command={`mtls plan run ${shellWord(name)}`} />
    </>
  )
}

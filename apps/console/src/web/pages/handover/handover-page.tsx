import { GatewayProblem } from '@mtls-gateway/client/page'
import type { OpenedHandover } from '@mtls-gateway/contract'
import { useState } from 'react'
import { openHandover } from '../../api/handovers.ts'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'
import { Failure } from '../../ui/failure.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { useCodeOfUrl, useMeaning } from '../sign-in/code-of-url.ts'
import { HandoverAnswerCard } from './handover-answer-card.tsx'
import { VersionFactsCard } from './version-facts-card.tsx'

/** For the owner of a target, who has a link and nothing else: one certificate, and the answer to it. */
export function HandoverPage() {
  const code = useCodeOfUrl()
  const opened = useMeaning(code, openHandover)
  const [answered, setAnswered] = useState<{ readonly of: string; readonly handover: OpenedHandover }>()
  if (code === undefined) {
    return (
      <BarePage>
        <PageHeader title="Register this client certificate" />
        <Notice tone="warn" title="The link has no code in it">
          Open it again from the message that you got, or ask for a new one.
        </Notice>
      </BarePage>
    )
  }
  if (opened.isPending || opened.isIdle) return <Loading label="Asking what the link shows" />
  if (opened.error) {
    const isVoid = opened.error instanceof GatewayProblem && opened.error.code === 'HANDOVER_VOID'
    return (
      <BarePage>
        <PageHeader title={isVoid ? 'This link does not work' : 'Register this client certificate'} />
        <Failure error={opened.error} onRetry={isVoid ? undefined : () => opened.mutate(code)} />
      </BarePage>
    )
  }
  // Another link may have been opened here since.
  const handover = answered?.of === code ? answered.handover : opened.data
  return (
    <BarePage isWide>
      <PageHeader title="Register this client certificate">
        For {handover.label}. {whatToDo(handover)} Keep the message with the link: it works until it expires,{' '}
        <Time at={handover.expiresAt} />.
      </PageHeader>
      {handover.next && <VersionFactsCard title="Comes next" version={handover.next} isNext />}
      <HandoverAnswerCard
        code={code}
        handover={handover}
        onAnswered={(next) => setAnswered({ of: code, handover: next })}
        onChanged={() => opened.mutate(code)}
      />
      <VersionFactsCard title="In use now" version={handover.current} />
    </BarePage>
  )
}

function whatToDo({ next, mappings }: OpenedHandover): string {
  if (mappings.length === 0) return 'This is the client certificate that calls to your systems present.'
  return next
    ? 'Calls to your systems will present a new client certificate. Register it, if you can beside the one in use, and then say so below.'
    : 'Calls to your systems present this client certificate. Register it, and then say so below.'
}

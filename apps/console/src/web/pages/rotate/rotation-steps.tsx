import type { Answer } from '@mtls-gateway/client/page'
import type { CertificateDetails } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { propagationQuery } from '../../api/rotation.ts'
import { useMissingScope } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VersionLane } from '../../ui/version-lane.tsx'
import { ProbeStep } from './probe-step.tsx'
import { PromoteStep } from './promote-step.tsx'
import { PromotionCard } from './promotion-card.tsx'
import { ReceiptStep } from './receipt-step.tsx'
import { RollBack } from './roll-back.tsx'
import styles from './rotation-steps.module.css'
import { StageStep } from './stage-step.tsx'
import { Step, type StepState } from './step.tsx'

const dayMs = 86_400_000

/** A rollback of this page, and which version it has put in use. */
interface Turn {
  readonly fingerprint: string | null
  /** From the newer version to the older one, or forth again. */
  readonly isBack: boolean
}

/** The four steps, each with its own action. Which one is next follows from the certificate. */
export function RotationSteps({ loaded }: { readonly loaded: Answer<CertificateDetails> }) {
  const { body: certificate, etag } = loaded
  const { staged, previous } = certificate
  const now = useNow()
  const [turn, setTurn] = useState<Turn>()
  const isSigned = staged !== undefined && staged.status !== 'PendingSignature'
  const isAccepted = isSigned && staged.lastProbe?.ok === true
  const isRefused = isSigned && staged.lastProbe?.ok === false
  const isPromoted = staged === undefined && previous !== undefined && Date.parse(previous.replacedAt) > now - dayMs
  // Where a file goes, it is said why none is taken.
  const isFileNext = staged === undefined && !isPromoted
  const missingScope = useMissingScope('mtls:write')
  const isOwnTurn = turn?.fingerprint === certificate.fingerprintSha256
  const direction = isOwnTurn ? (turn.isBack ? 'back' : 'forth') : isOlderInUse(certificate) ? 'unknown' : 'forth'
  const receipt = useQuery({
    ...propagationQuery(useAccountId(), String(certificate.id)),
    enabled: isPromoted,
  })
  const isEverywhere = isPromoted && receipt.data?.complete === true
  const stateOf = (isDone: boolean, isNext: boolean): StepState => (isDone ? 'done' : isNext ? 'now' : 'later')
  return (
    <>
      <VersionLane certificate={certificate} />
      {missingScope !== undefined && !isFileNext && <Notice tone="warn" title={missingScope} />}
      <ol className={styles.steps}>
        <Step number={1} title="Stage the next version" state={stateOf(isSigned || isPromoted, true)}>
          {isPromoted ? (
            <details>
              <summary>Stage another version</summary>
              <StageStep certificate={certificate} etag={etag} />
            </details>
          ) : (
            <StageStep certificate={certificate} etag={etag} />
          )}
        </Step>
        {!isPromoted && (
          // Nothing is kept of how the version in use was probed.
          <Step
            number={2}
            title="Probe the targets with it"
            state={isRefused ? 'failed' : stateOf(isAccepted, isSigned)}
          >
            <ProbeStep certificate={certificate} />
          </Step>
        )}
        <Step number={isPromoted ? 2 : 3} title="Promote it" state={stateOf(isPromoted, isAccepted)}>
          {isPromoted ? (
            <p>
              Calls switched to the version in use <Time at={previous.replacedAt} />.
            </p>
          ) : (
            <PromoteStep certificate={certificate} etag={etag} />
          )}
        </Step>
        <Step number={isPromoted ? 3 : 4} title="Presented everywhere" state={stateOf(isEverywhere, isPromoted)}>
          {isPromoted ? (
            <>
              <ReceiptStep certificate={certificate} direction={direction} isEverywhere={isEverywhere} />
              <RollBack
                certificate={certificate}
                etag={etag}
                onBack={(fingerprint) => setTurn({ fingerprint, isBack: direction === 'forth' })}
              />
            </>
          ) : (
            <p>Here you see each forwarder take up the new version.</p>
          )}
        </Step>
      </ol>
      <PromotionCard certificate={certificate} etag={etag} />
    </>
  )
}

/** The version before this one expires later: after a rollback, or because an older file was promoted. */
function isOlderInUse({ expirationDate, previous }: CertificateDetails): boolean {
  const later = previous?.expirationDate
  return expirationDate !== null && later != null && Date.parse(later) > Date.parse(expirationDate)
}

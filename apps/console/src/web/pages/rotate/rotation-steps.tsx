import type { Answer } from '@mtls-gateway/client/page'
import type { CertificateDetails } from '@mtls-gateway/contract'
import { useState } from 'react'
import { Notice } from '../../ui/notice.tsx'
import { useNow } from '../../ui/use-now.ts'
import { VersionLane } from '../../ui/version-lane.tsx'
import { ProbeStep } from './probe-step.tsx'
import { PromoteStep } from './promote-step.tsx'
import { ReceiptStep } from './receipt-step.tsx'
import { RollBack } from './roll-back.tsx'
import styles from './rotation-steps.module.css'
import { StageStep } from './stage-step.tsx'
import { Step, type StepState } from './step.tsx'

const dayMs = 86_400_000

/** The four steps, each with its own action. Which one is next follows from the certificate. */
export function RotationSteps({ loaded }: { readonly loaded: Answer<CertificateDetails> }) {
  const { body: certificate, etag } = loaded
  const { staged, previous } = certificate
  const now = useNow()
  const [isDelayed, setDelayed] = useState(false)
  const isSigned = staged !== undefined && staged.status !== 'PendingSignature'
  const isProbed = isSigned && staged.lastProbe !== null
  const isPromoted = staged === undefined && previous !== undefined && Date.parse(previous.replacedAt) > now - dayMs
  const stateOf = (isDone: boolean, isNext: boolean): StepState => (isDone ? 'done' : isNext ? 'now' : 'later')
  return (
    <>
      <VersionLane certificate={certificate} />
      {isDelayed && (
        <Notice tone="warn" title="The change is made, but its notice is late">
          Forwarders could not be told at once. They find out by themselves, some minutes later at most.
        </Notice>
      )}
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
        <Step number={2} title="Probe the targets with it" state={stateOf(isProbed || isPromoted, isSigned)}>
          <ProbeStep certificate={certificate} />
        </Step>
        <Step number={3} title="Promote it" state={stateOf(isPromoted, isProbed)}>
          <PromoteStep certificate={certificate} etag={etag} onDelayed={setDelayed} />
        </Step>
        <Step number={4} title="Presented everywhere" state={stateOf(false, isPromoted)}>
          {isPromoted ? (
            <>
              <ReceiptStep certificateId={String(certificate.id)} />
              <RollBack certificate={certificate} etag={etag} onDelayed={setDelayed} />
            </>
          ) : (
            <p>Here you see each forwarder take up the new version.</p>
          )}
        </Step>
      </ol>
    </>
  )
}

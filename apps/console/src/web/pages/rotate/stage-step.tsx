import type { CertificateDetails } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { certificatesKey } from '../../api/certificates.ts'
import { stageKeyMaterial, type TestedMaterial } from '../../api/key-tester.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Failure } from '../../ui/failure.tsx'
import { withFiles } from '../../ui/key-material/chosen-file.ts'
import { KeyFileField } from '../../ui/key-material/key-file-field.tsx'
import { useKeyTester } from '../../ui/key-material/use-key-tester.ts'
import { Verdict } from '../../ui/key-material/verdict.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import styles from './stage-step.module.css'
import { VersionComparison } from './version-comparison.tsx'

export interface StageStepProps {
  readonly certificate: CertificateDetails
  readonly etag: string | null
}

/** The next version: by a file, or by a signing request. What is staged can be dropped again. */
export function StageStep({ certificate, etag }: StageStepProps) {
  const { staged } = certificate
  if (staged === undefined) return <StageFile certificate={certificate} />
  return (
    <>
      <Facts
        facts={{
          Fingerprint: staged.fingerprintSha256 === null ? undefined : <code>{staged.fingerprintSha256}</code>,
          Expires: staged.expirationDate === null ? undefined : <Time at={staged.expirationDate} />,
          Staged: <Time at={staged.createdAt} />,
        }}
      />
      <VersionComparison certificate={certificate} />
      <StagedActions certificate={certificate} etag={etag} />
    </>
  )
}

function StageFile({ certificate: { id, name } }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const tester = useKeyTester(accountId)
  const { chosen, tested } = tester
  const stage = useChange({
    change: (material: TestedMaterial, idempotencyKey) => stageKeyMaterial(accountId, id, material, idempotencyKey),
    changes: [certificatesKey(accountId)],
  })
  const reason = missingScope ?? (tested === undefined ? 'Choose a file that can be used first.' : undefined)
  return (
    <>
      <p>Staging stores the next version beside the one in use. No call presents it before you promote it.</p>
      <KeyFileField tester={tester} disabledReason={missingScope} />
      <Verdict tester={tester} />
      {stage.error && <Failure error={stage.error} />}
      <div className={styles.actions}>
        <Button
          look="primary"
          isPending={stage.isPending}
          disabledReason={reason}
          onClick={() => tested && stage.mutate({ material: tested.material, password: tested.password })}
        >
          Stage
        </Button>
        <ChangeLink to={paths.signing(accountId, id)}>Make a signing request instead</ChangeLink>
      </div>
      <AsCommand command={withFiles(chosen ?? exampleFile, (words) => `mtls rotate ${shellWord(name)} ${words}`)} />
    </>
  )
}

/** Before one is chosen. */
const exampleFile = { names: ['new.p12'], pem: undefined }

function StagedActions({ certificate, etag }: StageStepProps) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const drop = useChange({
    change: (certificateId: number, idempotencyKey) =>
      clientOf(accountId).dropStaged({ certificateId, ifMatch: etag, idempotencyKey }),
    changes: [certificatesKey(accountId)],
    onDone: () => say({ text: 'The staged version is dropped. Nothing else has changed.' }),
  })
  return (
    <>
      <div className={styles.actions}>
        {certificate.staged?.status === 'PendingSignature' && (
          <ChangeLink to={paths.signing(accountId, certificate.id)} look="primary">
            Upload the signed certificate
          </ChangeLink>
        )}
        <Button isPending={drop.isPending} disabledReason={missingScope} onClick={() => drop.mutate(certificate.id)}>
          Drop this version
        </Button>
      </div>
      {drop.error && <Failure error={drop.error} />}
    </>
  )
}

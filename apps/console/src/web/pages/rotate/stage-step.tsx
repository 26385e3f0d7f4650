import type { Certificate } from '@mtls-gateway/contract'
import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useChange } from '../../api/use-change.ts'
import { shellWord } from '../../format/shell-word.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Failure } from '../../ui/failure.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toasts.tsx'
import styles from './stage-step.module.css'

export interface StageStepProps {
  readonly certificate: Certificate
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
      <StagedActions certificate={certificate} etag={etag} />
    </>
  )
}

function StageFile({ certificate: { id, name } }: { readonly certificate: Certificate }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const passwordField = useRef<HTMLDivElement>(null)
  const [file, setFile] = useState<File>()
  const [password, setPassword] = useState('')
  const stage = useChange({
    change: (form: { file: File; password: string }, idempotencyKey) =>
      clientOf(accountId).stageVersion({ certificateId: id, form, idempotencyKey }),
    changes: [certificatesKey(accountId)],
    onDone: () => say({ text: 'The next version is staged. It is not in use yet.' }),
  })
  const fault = faultOf(stage.error, 'password', 'P12_WRONG_PASSWORD', 'P12_PASSWORD_REQUIRED')
  const reason = missingScope ?? (file === undefined ? 'Choose the file first.' : undefined)
  return (
    <>
      <Form
        onSubmit={() => {
          if (reason !== undefined || file === undefined) return
          stage.mutate({ file, password }, { onError: () => passwordField.current?.querySelector('input')?.focus() })
        }}
        error={fault === undefined ? stage.error : null}
        actions={
          <>
            <Button type="submit" look="primary" isPending={stage.isPending} disabledReason={reason}>
              Stage
            </Button>
            <Link to={paths.signing(accountId, id)} className={buttonClass()}>
              Make a signing request instead
            </Link>
          </>
        }
      >
        <TextField
          label="PKCS#12 file"
          type="file"
          accept=".p12,.pfx,application/x-pkcs12"
          hint="The new certificate with its private key (.p12 or .pfx)."
          onChange={(event) => setFile(event.target.files?.[0])}
        />
        <div ref={passwordField}>
          <TextField
            label="Password"
            type="password"
            value={password}
            error={fault}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
      </Form>
      <AsCommand command={`mtls rotate ${shellWord(name)} ${shellWord(file?.name ?? 'new.p12')}`} />
    </>
  )
}

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
          <Link to={paths.signing(accountId, certificate.id)} className={buttonClass('primary')}>
            Give back the CA's answer
          </Link>
        )}
        <Button isPending={drop.isPending} disabledReason={missingScope} onClick={() => drop.mutate(certificate.id)}>
          Drop it
        </Button>
      </div>
      {drop.error && <Failure error={drop.error} />}
    </>
  )
}

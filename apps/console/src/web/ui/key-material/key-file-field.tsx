import { useState } from 'react'
import { Button } from '../button.tsx'
import { TextArea } from '../field.tsx'
import type { ChosenFile } from './chosen-file.ts'
import { DropZone } from './drop-zone.tsx'
import styles from './key-file-field.module.css'
import { sizeText } from './look-at-file.ts'
import { PasswordField } from './password-field.tsx'
import { pemParts } from './pem-text.ts'
import type { KeyTester } from './use-key-tester.ts'

const wholeHint =
  'Drop it here, or choose it: a PKCS#12 file (.p12, .pfx), or the certificate and its key as PEM, in one file or two. It is checked at once, and not stored yet.'

/** Where a key file comes in: dropped, picked or pasted, and its password. */
export function KeyFileField({
  tester,
  disabledReason,
}: {
  readonly tester: KeyTester
  readonly disabledReason?: string | undefined
}) {
  const { chosen, fault } = tester
  const missing = missingHalf(chosen)
  return (
    <>
      <DropZone
        label={missing ?? 'Certificate file'}
        hint={missing === undefined ? wholeHint : halfHint(chosen)}
        accept=".p12,.pfx,.pem,.crt,.cer,.key,.jks"
        isMultiple
        disabledReason={disabledReason}
        error={fault}
        onFiles={(files) => void tester.choose(files)}
      />
      {chosen === undefined ? (
        <PastedPem tester={tester} disabledReason={disabledReason} />
      ) : (
        <div className={styles.chosen}>
          <strong>{chosen.names.join(' and ')}</strong>
          <span>
            {sizeText(chosen.bytes)}
            {chosen.kind !== 'unknown' && ` · ${chosen.kind}`}
          </span>
          <Button look="quiet" onClick={tester.clear}>
            Remove
          </Button>
        </div>
      )}
      {chosen !== undefined && tester.wantsPassword && <PasswordField tester={tester} />}
    </>
  )
}

/** Certificate and key have come apart: one is here, the other is asked for. */
function missingHalf(chosen: ChosenFile | undefined): string | undefined {
  if (chosen === undefined || chosen.material !== undefined) return undefined
  return chosen.pem?.keys === '' ? 'Now the private key of this certificate' : 'Now the certificate of this private key'
}

/** What the half is, and where its other half may be. */
function halfHint(chosen: ChosenFile | undefined): string {
  return chosen?.pem?.keys === ''
    ? 'This file is a certificate without its private key, and can’t be used alone. Drop the key here, or choose it: PEM as well. If it answers a signing request, give it back on the page of that certificate.'
    : 'This file is a private key without its certificate. Drop the certificate here, or choose it: PEM as well.'
}

function PastedPem({
  tester,
  disabledReason,
}: {
  readonly tester: KeyTester
  readonly disabledReason?: string | undefined
}) {
  const [certificates, setCertificates] = useState('')
  const [keys, setKeys] = useState('')
  const given = pemParts(`${certificates}\n${keys}`)
  const missing = given.certificates + given.keys === '' ? 'Paste the certificate and its key first.' : undefined
  return (
    <details className={styles.paste}>
      <summary>Paste PEM instead</summary>
      <div className={styles.fields}>
        <TextArea
          label="Certificate and chain"
          placeholder="-----BEGIN CERTIFICATE-----"
          value={certificates}
          onChange={(event) => setCertificates(event.target.value)}
        />
        <TextArea
          label="Private key"
          placeholder="-----BEGIN PRIVATE KEY-----"
          value={keys}
          onChange={(event) => setKeys(event.target.value)}
        />
        <Button disabledReason={disabledReason ?? missing} onClick={() => tester.paste(certificates, keys)}>
          Check
        </Button>
      </div>
    </details>
  )
}

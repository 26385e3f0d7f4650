import { useState } from 'react'
import { Button } from '../button.tsx'
import { TextArea } from '../field.tsx'
import { type ChosenFile, missingPart } from './chosen-file.ts'
import { DropZone } from './drop-zone.tsx'
import styles from './key-file-field.module.css'
import { sizeText } from './look-at-file.ts'
import { PasswordField } from './password-field.tsx'
import { pemParts } from './pem-text.ts'
import type { KeyTester } from './use-key-tester.ts'

const wholeHint =
  'Drop it here, or choose it: a PKCS#12 file (.p12, .pfx), or the certificate and its key as PEM, in one file or several. It is checked at once, and not stored yet.'

/** Certificate and key have come apart: one is here, the other is asked for. */
const missingLabels = {
  key: 'Now the private key of this certificate',
  certificate: 'Now the certificate of this private key',
} as const

/** What the half is, and where its other half may be. */
const missingHints = {
  key: 'This file is a certificate without its private key, and can’t be used alone. Drop the key here, or choose it: PEM as well. If it answers a signing request, give it back on the page of that certificate.',
  certificate:
    'This file is a private key without its certificate. Drop the certificate here, or choose it: PEM, or DER (.cer).',
} as const

function hintBeside(chosen: ChosenFile | undefined): string {
  return chosen?.pem === undefined
    ? wholeHint
    : 'Drop another file, or choose it: certificates are added, and another key takes the place of this one.'
}

const inWords = new Intl.ListFormat('en')

/** Where a key file comes in: dropped, picked or pasted, and its password. */
export function KeyFileField({
  tester,
  disabledReason,
}: {
  readonly tester: KeyTester
  readonly disabledReason?: string | undefined
}) {
  const { chosen, fault } = tester
  const missing = chosen && missingPart(chosen)
  return (
    <>
      <DropZone
        label={missing === undefined ? 'Certificate file' : missingLabels[missing]}
        hint={missing === undefined ? hintBeside(chosen) : missingHints[missing]}
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
          <strong>{inWords.format(chosen.names)}</strong>
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

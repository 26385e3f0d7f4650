import type { CertificateDetails } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { useMissingScope } from '../../api/session.ts'
import { giveBackSigned } from '../../api/signing-requests.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { TextArea } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { DropZone } from '../../ui/key-material/drop-zone.tsx'
import { type FileKind, lookAtFile } from '../../ui/key-material/look-at-file.ts'
import { pemParts } from '../../ui/key-material/pem-text.ts'
import { say } from '../../ui/toasts.tsx'

/** Takes what the CA answered: the certificate and its chain. */
export function AnswerForm({
  certificate: { id, name },
  isFirst,
}: {
  readonly certificate: CertificateDetails
  readonly isFirst: boolean
}) {
  const accountId = useAccountId()
  const [, navigate] = useLocation()
  const [pem, setPem] = useState('')
  const [fault, setFault] = useState<string>()
  /** The name of a PKCS#7 file. */
  const [pkcs7, setPkcs7] = useState<string>()
  const missingScope = useMissingScope('mtls:write')
  const { mutate, error, isPending } = useChange({
    change: (text: string, key) => giveBackSigned(accountId, { certificateId: String(id), isFirst, pem: text }, key),
    changes: [certificatesKey(accountId)],
    onDone: () => {
      say({ text: isFirst ? `${name} is complete.` : `The next version of ${name} is staged.` })
      navigate(isFirst ? paths.addCertificate(accountId, { certificateId: id }) : paths.rotate(accountId, id))
    },
  })
  const take = async (files: readonly File[]) => {
    setPkcs7(undefined)
    const texts: string[] = []
    for (const file of files) {
      const look = await lookAtFile(file)
      if ('fault' in look) return setFault(look.fault)
      if (look.kind === 'PKCS#7') setPkcs7(file.name)
      if (!('text' in look)) return setFault(faultOfKind(file.name, look.kind))
      if (pemParts(look.text).keys !== '') return setFault(faultOfKind(file.name, 'key'))
      texts.push(look.text)
    }
    // The chain may come in files of its own, and a wrong one before: the gateway takes what belongs to the key.
    write([pem.trim(), ...texts].filter((text) => text !== '').join('\n'))
  }
  const write = (text: string) => {
    setFault(undefined)
    setPkcs7(undefined)
    setPem(text)
  }
  return (
    <Card title="2. Upload the signed certificate">
      <DropZone
        label="Signed certificate"
        hint="Drop here what the CA sent, or choose it: the certificate and, in any order, its chain, as PEM or DER (.cer), in one file or several."
        accept=".pem,.crt,.cer,.p7b,.p7c"
        isMultiple
        disabledReason={missingScope}
        error={fault}
        onFiles={(files) => void take(files)}
      />
      {pkcs7 !== undefined && (
        <Code
          text={`openssl pkcs7 -inform DER -print_certs -in ${shellWord(pkcs7)} -out signed.pem`}
          label="the command"
        />
      )}
      <Form
        onSubmit={() => mutate(pem)}
        error={error}
        actions={
          <Button
            type="submit"
            look="primary"
            isPending={isPending}
            disabledReason={missingScope ?? (pem.trim() === '' ? 'Add the signed certificate first.' : undefined)}
          >
            Complete the request
          </Button>
        }
      >
        <TextArea
          label="Or paste it"
          placeholder="-----BEGIN CERTIFICATE-----"
          value={pem}
          onChange={(event) => write(event.target.value)}
        />
      </Form>
      <AsCommand command={`mtls upload signed.pem --signed-for ${shellWord(name)}`} />
    </Card>
  )
}

function faultOfKind(name: string, kind: FileKind | 'key'): string {
  if (kind === 'key') {
    return `${name} has a private key, which nobody else should get. The key of this request is in the gateway: give the certificate alone.`
  }
  if (kind === 'PKCS#7') return `${name} is a PKCS#7 file. Take the certificates out of it with the command below.`
  return `${name} is not a certificate as a CA sends it: neither PEM nor DER.`
}

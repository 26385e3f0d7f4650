import type { CertificateDetails } from '@mtls-gateway/contract'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { useMissingScope } from '../../api/session.ts'
import { giveBackSigned } from '../../api/signing-requests.ts'
import { useChange } from '../../api/use-change.ts'
import { shellWord } from '../../format/shell-word.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { TextArea } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { DropZone } from '../../ui/key-material/drop-zone.tsx'
import { lookAtFile } from '../../ui/key-material/look-at-file.ts'
import { say } from '../../ui/toasts.tsx'

/** Takes what the CA answered: the certificate and its chain, as PEM. */
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
  /** The name of a file that seems to be DER. */
  const [der, setDer] = useState<string>()
  const missingScope = useMissingScope('mtls:write')
  const { mutate, error, isPending } = useChange({
    change: (text: string, key) => giveBackSigned(accountId, { certificateId: String(id), isFirst, pem: text }, key),
    changes: [certificatesKey(accountId)],
    onDone: () => {
      say({ text: isFirst ? `${name} is complete.` : `The next version of ${name} is staged.` })
      navigate(isFirst ? paths.addCertificate(accountId, { certificateId: id }) : paths.rotate(accountId, id))
    },
  })
  const take = async ([file]: readonly File[]) => {
    if (file === undefined) return
    const look = await lookAtFile(file)
    setDer(undefined)
    if ('fault' in look) return setFault(look.fault)
    if (look.kind === 'PEM') return write(look.text)
    const isDer = look.kind === 'PKCS#12 or DER'
    if (isDer) setDer(file.name)
    setFault(`${file.name} is no PEM text.${isDer ? ' Convert it with the command below.' : ''}`)
  }
  const write = (text: string) => {
    setFault(undefined)
    setDer(undefined)
    setPem(text)
  }
  return (
    <Card title="2. Upload the signed certificate">
      <DropZone
        label="Signed certificate"
        hint="Drop here what the CA sent, or choose it: PEM with the certificate and, in any order, its chain."
        accept=".pem,.crt,.cer"
        disabledReason={missingScope}
        error={fault}
        onFiles={(files) => void take(files)}
      />
      {der !== undefined && (
        <Code text={`openssl x509 -inform DER -in ${shellWord(der)} -out signed.pem`} label="the command" />
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

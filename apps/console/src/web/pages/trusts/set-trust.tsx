import type { Trust } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { mappingsKey } from '../../api/mappings.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { TextArea, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { DropZone } from '../../ui/key-material/drop-zone.tsx'
import { lookAtFile } from '../../ui/key-material/look-at-file.ts'
import { say } from '../../ui/toasts.tsx'

/** A new trust list, or other certificates for one. */
export function SetTrust({ trust, onClose }: { readonly trust: Trust | undefined; readonly onClose: () => void }) {
  const accountId = useAccountId()
  const [typedName, setName] = useState(trust?.name ?? '')
  const [pem, setPem] = useState('')
  const [fault, setFault] = useState<string>()
  const name = typedName.trim()
  const set = useChange({
    change: (asked: { trust: string; caCertificates: string }, idempotencyKey) => {
      const { trust: named, caCertificates } = asked
      return clientOf(accountId).setTrust({ trust: named, body: { caCertificates }, idempotencyKey })
    },
    changes: [mappingsKey(accountId)],
    onDone: () => {
      say({ text: `${name} is saved.` })
      onClose()
    },
  })
  const take = async (files: readonly File[]) => {
    setFault(undefined)
    const texts: string[] = []
    for (const file of files) {
      const look = await lookAtFile(file)
      if ('fault' in look) return setFault(look.fault)
      if (!('text' in look)) return setFault(`${file.name} holds no certificates as PEM or DER.`)
      texts.push(look.text)
    }
    setPem([pem.trim(), ...texts].filter((text) => text !== '').join('\n'))
  }
  const missing = name === '' ? 'Type a name first.' : pem.trim() === '' ? 'Add the CA certificates first.' : undefined
  const faults = { trust: faultOf(set.error, 'trust'), caCertificates: faultOf(set.error, 'caCertificates') }
  return (
    <Dialog title={trust === undefined ? 'Make a trust list' : `Replace ${trust.name}`} place="side" onClose={onClose}>
      <Form
        onSubmit={() => missing === undefined && set.mutate({ trust: name, caCertificates: pem })}
        error={set.error}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={set.isPending} disabledReason={missing}>
              Save
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        {trust === undefined ? (
          <TextField
            label="Name"
            hint="Unique in the account: small letters, digits and minus signs, such as bank-ca."
            value={typedName}
            error={faults.trust}
            onChange={(event) => setName(event.target.value)}
          />
        ) : (
          <p>
            {trust.mappings === 0
              ? 'No mapping uses it yet.'
              : `It changes for ${trust.mappings} mapping${trust.mappings === 1 ? '' : 's'} at once. While the targets’ old CA is still in use, add it again beside the new one.`}
          </p>
        )}
        <DropZone
          label="File of the CAs"
          hint="Drop it here, or choose it: one or several files, PEM or DER (.cer)."
          accept=".pem,.crt,.cer"
          isMultiple
          error={fault}
          onFiles={(files) => void take(files)}
        />
        <TextArea
          label="CA certificates"
          hint="PEM, at most 10. The targets’ certificates have to come from one of these CAs."
          placeholder="-----BEGIN CERTIFICATE-----"
          value={pem}
          error={faults.caCertificates}
          onChange={(event) => setPem(event.target.value)}
        />
      </Form>
      <AsCommand command={`mtls trusts set ${name === '' ? 'NAME' : shellWord(name)} ca.pem`} />
    </Dialog>
  )
}

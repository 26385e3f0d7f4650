import type { Certificate } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { certificatesKey } from '../../api/certificates.ts'
import { storeKeyMaterial, type Tested } from '../../api/key-tester.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { type ChosenFile, pastedName, withFiles } from '../../ui/key-material/chosen-file.ts'

export interface StoreStepProps {
  readonly tested: Tested
  readonly chosen: ChosenFile
  readonly onStored: (certificate: Pick<Certificate, 'id'>) => void
}

/** Stores what was tested, by a name. */
export function StoreStep({ tested, chosen, onStored }: StoreStepProps) {
  const accountId = useAccountId()
  const [name, setName] = useState(() => nameOf(chosen.names))
  const { mutate, error, isPending } = useChange({
    change: (variables: Tested & { readonly name: string }, key) => storeKeyMaterial(accountId, variables, key),
    changes: [certificatesKey(accountId)],
    onDone: (saved) => saved && onStored(saved),
  })
  const nameFault = faultOf(error, 'name', 'CERTIFICATE_NAME_TAKEN')
  const store = () => mutate({ material: tested.material, password: tested.password, name })
  return (
    <Card title="Store it">
      <Form
        onSubmit={store}
        error={error}
        isPlaced={nameFault !== undefined}
        actions={
          <Button
            type="submit"
            look="primary"
            isPending={isPending}
            disabledReason={name.trim() === '' ? 'Give it a name first.' : undefined}
          >
            Store
          </Button>
        }
      >
        <TextField
          label="Name"
          hint="By which you find it again; unique in the account."
          maxLength={128}
          value={name}
          error={nameFault}
          onChange={(event) => setName(event.target.value)}
        />
      </Form>
      <AsCommand command={commandOf(chosen, name)} />
    </Card>
  )
}

/** As `mtls upload` names it: the file without its extension. */
function nameOf([file = '']: readonly string[]): string {
  return file === pastedName ? '' : file.replace(/\.[^.]*$/, '').slice(0, 128)
}

function commandOf(chosen: ChosenFile, name: string): string {
  return withFiles(chosen, (words) => `mtls upload ${words} --name ${shellWord(name === '' ? 'my-client' : name)}`)
}

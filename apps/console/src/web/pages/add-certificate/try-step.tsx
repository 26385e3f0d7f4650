import { shellWord } from '@mtls-gateway/contract/words'
import { useMutation } from '@tanstack/react-query'
import { type Tested, testKeyMaterial } from '../../api/key-tester.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { HandshakePicture, outcomeOfTestCall } from '../../ui/handshake-picture.tsx'
import { type ChosenFile, withFiles } from '../../ui/key-material/chosen-file.ts'
import { Loading } from '../../ui/loading.tsx'
import { isOfUnknownCa, PrivateCaField, trustOf } from '../../ui/private-ca-field.tsx'

/** What the pages of targets take. */
export const triedMethods = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Where the certificate is to be presented, as it was typed: mapping it begins with the same. */
export interface Target {
  readonly url: string
  readonly method: string
  /** PEM. */
  readonly privateCa: string
}

export interface TryStepProps {
  readonly tested: Tested
  readonly chosen: ChosenFile
  readonly target: Target
  readonly onTarget: (target: Target) => void
}

/** Calls a target with a certificate that is not stored. */
export function TryStep({ tested, chosen, target, onTarget }: TryStepProps) {
  const accountId = useAccountId()
  const { mutate, data, variables, error, isPending } = useMutation({
    mutationFn: ({ url, method, privateCa }: Target) =>
      testKeyMaterial(accountId, { ...tested, call: { url, method, targetTrust: trustOf(privateCa) } }),
    gcTime: 0,
  })
  const urlFault = faultOf(error, 'url', 'TARGET_URL_NOT_HTTPS', 'TARGET_URL_NOT_CANONICAL')
  const caFault = faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE')
  const call = data?.call ?? undefined
  return (
    <Card title="Try it at a target">
      <p>Optional: one call with this certificate shows whether the target accepts it. Still, nothing is stored.</p>
      <Form
        onSubmit={() => mutate(target)}
        error={error}
        isPlaced={arePlaced({ urlFault, caFault })}
        actions={
          <Button
            type="submit"
            isPending={isPending}
            disabledReason={target.url === '' ? 'Type the url of a target first.' : undefined}
          >
            Call the target
          </Button>
        }
      >
        <TextField
          label="Url of the target"
          type="url"
          placeholder="https://bank.example/token"
          value={target.url}
          error={urlFault}
          onChange={(event) => onTarget({ ...target, url: event.target.value })}
        />
        <SelectField
          label="Method"
          hint="HEAD and GET are usually harmless; the others may do something at the target."
          value={target.method}
          onChange={(event) => onTarget({ ...target, method: event.target.value })}
        >
          {triedMethods.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </SelectField>
        <PrivateCaField
          url={target.url}
          value={target.privateCa}
          error={caFault}
          isSuggested={isOfUnknownCa(call?.error)}
          onChange={(privateCa) => onTarget({ ...target, privateCa })}
        />
      </Form>
      <div role="status" aria-label="Result of the call">
        {isPending ? (
          <Loading label="Calling the target" />
        ) : (
          call && (
            <HandshakePicture url={variables?.url ?? call.url} outcome={outcomeOfTestCall(call)} chain={data?.chain} />
          )
        )}
      </div>
      <AsCommand command={commandOf(chosen, target)} />
    </Card>
  )
}

function commandOf(chosen: ChosenFile, { url, method, privateCa }: Target): string {
  const options = [
    `--url ${shellWord(url === '' ? 'https://bank.example/token' : url)}`,
    method === 'GET' ? '' : `--method ${method}`,
    privateCa.trim() === '' ? '' : '--target-trust target-ca.pem',
  ].filter((word) => word !== '')
  return withFiles(chosen, (words) => `mtls test ${words} ${options.join(' ')}`)
}

import { shellWord } from '@mtls-gateway/contract/words'
import { useMutation } from '@tanstack/react-query'
import { type Tested, testKeyMaterial } from '../../api/key-tester.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { CallResult } from '../../ui/call-result.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { outcomeOfTestCall } from '../../ui/handshake-picture.tsx'
import { type ChosenFile, withFiles } from '../../ui/key-material/chosen-file.ts'
import { isOfUnknownCa, PrivateCaField, trustOf } from '../../ui/private-ca-field.tsx'
import { type TlsDraft, tlsFaults, tlsOf, tlsWords } from '../../ui/target-tls.ts'
import { TlsFields } from '../../ui/tls-fields.tsx'

/** What the pages of targets take. */
export const triedMethods = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Where the certificate is to be presented, as it was typed: mapping it begins with the same. */
export interface Target {
  readonly url: string
  readonly method: string
  /** PEM. */
  readonly privateCa: string
  readonly tls: TlsDraft
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
    mutationFn: ({ url, method, privateCa, tls }: Target) => {
      const targetTls = tlsOf(tls) ?? undefined
      return testKeyMaterial(accountId, {
        ...tested,
        call: { url, method, targetTrust: trustOf(privateCa), targetTls },
      })
    },
    gcTime: 0,
  })
  const urlFault = faultOf(error, 'url', 'TARGET_URL_NOT_HTTPS', 'TARGET_URL_NOT_CANONICAL')
  const caFault = faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE')
  const call = data?.call ?? undefined
  const setTls = (change: Partial<TlsDraft>) => {
    const next = { ...target, tls: { ...target.tls, ...change } }
    onTarget(next)
    return next
  }
  return (
    <Card title="Try it at a target">
      <p>Optional: one call with this certificate shows whether the target accepts it. Still, nothing is stored.</p>
      <Form
        onSubmit={() => mutate(target)}
        error={error}
        isPlaced={arePlaced({ urlFault, caFault, ...tlsFaults(error) })}
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
          tls={target.tls}
          value={target.privateCa}
          error={caFault}
          isSuggested={isOfUnknownCa(call?.error)}
          onChange={(privateCa) => onTarget({ ...target, privateCa })}
        />
        <TlsFields
          draft={target.tls}
          note="Leave all of it empty unless the target needs it. Mapping the url begins with the same."
          error={error}
          isQuiet
          onChange={setTls}
        />
      </Form>
      <CallResult
        isPending={isPending}
        call={call && { url: variables?.url ?? call.url, outcome: outcomeOfTestCall(call), chain: data?.chain }}
        onTryTls={(change) => mutate(setTls(change))}
      />
      <AsCommand command={commandOf(chosen, target)} />
    </Card>
  )
}

function commandOf(chosen: ChosenFile, { url, method, privateCa, tls }: Target): string {
  const options = [
    `--url ${shellWord(url === '' ? 'https://bank.example/token' : url)}`,
    method === 'GET' ? '' : `--method ${method}`,
    privateCa.trim() === '' ? '' : '--target-trust target-ca.pem',
    ...tlsWords(tls),
  ].filter((word) => word !== '')
  return withFiles(chosen, (words) => `mtls test ${words} ${options.join(' ')}`)
}

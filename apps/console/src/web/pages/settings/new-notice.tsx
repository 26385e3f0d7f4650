import type { Answer } from '@mtls-gateway/client/page'
import type { Settings } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { settingsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import fieldStyles from '../../ui/check-fields.module.css'
import { Dialog } from '../../ui/dialog.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { say } from '../../ui/toasts.tsx'
import {
  channelNames,
  channels,
  eventNames,
  eventTypes,
  keptRecipients,
  type Recipient,
  sharesFrom,
} from './recipients.ts'

export interface NewNoticeProps {
  readonly settings: Answer<Settings>
  readonly onClose: () => void
  readonly onAdded: (added: Recipient) => void
}

const addresses: Readonly<Record<Recipient['channel'], { readonly label: string; readonly placeholder: string }>> = {
  mail: { label: 'Address', placeholder: 'ops@bank.example' },
  slack: { label: 'Url of the incoming webhook', placeholder: 'https://hooks.slack.com/services/...' },
  webhook: { label: 'Url of the webhook', placeholder: 'https://hooks.example/mtls' },
}

/** One more who is told. */
export function NewNotice({ settings, onClose, onAdded }: NewNoticeProps) {
  const accountId = useAccountId()
  const before = settings.body.notices
  const [channel, setChannel] = useState<Recipient['channel']>('mail')
  const [to, setTo] = useState('')
  const [events, setEvents] = useState<readonly Recipient['events'][number][]>(eventTypes)
  const [percents, setPercents] = useState('33, 10, 2')
  const shares = sharesFrom(percents)
  const add = useChange({
    change: (added: Pick<Recipient, 'channel' | 'to' | 'events' | 'shares'>, idempotencyKey) =>
      clientOf(accountId).changeSettings({
        body: { notices: [...keptRecipients(before), added] },
        idempotencyKey,
        ifMatch: settings.etag,
      }),
    changes: [settingsKey(accountId)],
    onDone: ({ body }) => {
      const known = new Set(before.map(({ id }) => id))
      const added = body.notices.find(({ id }) => !known.has(id))
      if (added === undefined) return onClose()
      say({ text: `${added.to} will be told.` })
      onAdded(added)
    },
  })
  const given = to.trim()
  const missing =
    given === ''
      ? 'Say where notices go.'
      : events.length === 0
        ? 'Choose an event.'
        : shares === undefined
          ? 'Say when, in percent of the lifetime.'
          : undefined
  const faults = {
    to: faultOf(
      add.error,
      'to',
      'MAIL_ADDRESS_INVALID',
      'MAIL_NOT_CONFIGURED',
      'TARGET_URL_NOT_CANONICAL',
      'TARGET_URL_NOT_HTTPS',
    ),
    shares: faultOf(add.error, 'shares'),
  }
  const chosen = events.length === eventTypes.length ? [] : events.flatMap((event) => ['--event', event])
  return (
    <Dialog title="Add a recipient" place="side" onClose={onClose}>
      <Form
        onSubmit={() =>
          missing === undefined && shares && add.mutate({ channel, to: given, events: [...events], shares })
        }
        error={add.error}
        isPlaced={arePlaced(faults)}
        actions={
          <>
            <Button type="submit" look="primary" isPending={add.isPending} disabledReason={missing}>
              Add
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <SelectField
          label="Channel"
          value={channel}
          onChange={(event) => {
            setChannel(channels.find((each) => each === event.target.value) ?? 'mail')
            // What was wrong with an address says nothing of a url.
            add.reset()
          }}
        >
          {channels.map((each) => (
            <option key={each} value={each}>
              {channelNames[each]}
            </option>
          ))}
        </SelectField>
        <TextField
          label={addresses[channel].label}
          inputMode={channel === 'mail' ? 'email' : 'url'}
          placeholder={addresses[channel].placeholder}
          hint={channel === 'mail' ? 'One address.' : 'It may have a token, so it is not shown again.'}
          value={to}
          error={faults.to}
          onChange={(event) => setTo(event.target.value)}
        />
        <fieldset className={fieldStyles.fields}>
          <legend>Events</legend>
          {eventTypes.map((each) => (
            <CheckField
              key={each}
              label={eventNames[each]}
              checked={events.includes(each)}
              onChange={(event) =>
                setEvents(event.target.checked ? [...events, each] : events.filter((other) => other !== each))
              }
            />
          ))}
        </fieldset>
        <TextField
          label="Lifetime left, in percent"
          hint="When to tell that a certificate will expire. Of 90 days, 33 % are 30 days."
          value={percents}
          error={shares === undefined ? 'Write numbers between 0 and 100, with commas between them.' : faults.shares}
          onChange={(event) => setPercents(event.target.value)}
        />
      </Form>
      <AsCommand
        command={[
          `mtls notices add ${channel}`,
          channel === 'mail' ? shellWord(given || 'ADDRESS') : '--url-file FILE',
          ...chosen,
          ...(shares ?? []).flatMap((share) => ['--share', String(Number(share.toFixed(4)))]),
        ].join(' ')}
      />
    </Dialog>
  )
}

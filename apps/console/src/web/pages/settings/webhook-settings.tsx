import type { Answer } from '@mtls-gateway/client/page'
import type { Settings, SettingsRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { settingsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { say } from '../../ui/toasts.tsx'
import { TestWebhook } from './test-webhook.tsx'

type WebhookChange = NonNullable<SettingsRequest['webhook']> | null

/** Who is told before certificates expire. */
export function WebhookSettings({ settings }: { readonly settings: Answer<Settings> }) {
  const accountId = useAccountId()
  const { webhook } = settings.body
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [secret, setSecret] = useState<string>()
  const save = useChange({
    change: (next: WebhookChange, idempotencyKey) =>
      clientOf(accountId).changeSettings({ body: { webhook: next }, idempotencyKey, ifMatch: settings.etag }),
    changes: [settingsKey(accountId)],
    onDone: ({ body }, next) => {
      setSecret(body.webhook?.secret)
      say({ text: next === null ? 'The webhook is removed.' : 'The webhook is saved.' })
      if (next === null) setUrl('')
    },
  })
  const given = url.trim()
  const missing = given === '' ? 'Type a url.' : undefined
  const urlFault = faultOf(save.error, 'url', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS')
  return (
    <Card title="Webhook">
      <p>
        The gateway calls this url 60, 30, 14, 7, 3 and 1 days before a certificate in use expires, and when it has
        expired.
      </p>
      {secret !== undefined && (
        <Notice tone="warn" title="The secret is shown only now">
          <p>The receiver uses it to verify that messages come from this gateway (Standard Webhooks).</p>
          <Code text={secret} label="the secret of the webhook" />
        </Notice>
      )}
      <Form
        onSubmit={() => missing === undefined && save.mutate({ url: given })}
        error={save.error}
        isPlaced={urlFault !== undefined}
        actions={
          <>
            <Button type="submit" look="primary" isPending={save.isPending} disabledReason={missing}>
              Save
            </Button>
            <Button
              disabledReason={webhook === null ? 'There is no webhook yet.' : undefined}
              onClick={() => webhook !== null && save.mutate({ url: webhook.url, rotateSecret: true })}
            >
              Make a new secret
            </Button>
            <Button
              look="danger"
              disabledReason={webhook === null ? 'There is no webhook yet.' : undefined}
              onClick={() => save.mutate(null)}
            >
              Remove
            </Button>
          </>
        }
      >
        <TextField
          label="Url"
          inputMode="url"
          placeholder="https://hooks.example/mtls"
          value={url}
          error={urlFault}
          onChange={(event) => setUrl(event.target.value)}
        />
      </Form>
      <TestWebhook isSet={webhook !== null && webhook.url === given} />
      <AsCommand command={`mtls settings set --webhook ${shellWord(given || 'URL')}`} />
    </Card>
  )
}

import { shellWord } from '@mtls-gateway/contract/words'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { explanationQuery } from '../../api/explanation.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters } from '../../routing/filters.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { ServiceField } from '../../ui/service-field.tsx'
import { ExplanationView } from './explanation-view.tsx'

const readers = { service: text, url: text }

/** Which mapping and certificate a call would use, and why. The question is in the url, so that it can be sent on. */
export function ExplainPage() {
  const accountId = useAccountId()
  const { filters, narrow } = useFilters(readers)
  const [service, setService] = useState(filters.service ?? '')
  const [url, setUrl] = useState(filters.url ?? '')
  const isAsked = filters.service !== undefined && filters.url !== undefined
  const query = useQuery({
    ...explanationQuery(accountId, filters.service ?? '', filters.url ?? ''),
    enabled: isAsked,
  })
  const ask = () => {
    const isSame = filters.service === service && filters.url === url.trim()
    if (isSame) void query.refetch()
    else narrow({ service, url: url.trim() })
  }
  const missing = service === '' ? 'Choose the service that calls.' : url.trim() === '' ? 'Type a url.' : undefined
  const faults = {
    service: faultOf(query.error, 'serviceName', 'UNKNOWN_SERVICE'),
    url: faultOf(query.error, 'url', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS'),
  }
  return (
    <>
      <PageHeader title="Explain">
        Find out which certificate a call presents, or why it presents none. Nothing is called.
      </PageHeader>
      <Form
        onSubmit={() => missing === undefined && ask()}
        actions={
          <Button type="submit" look="primary" isPending={query.isFetching} disabledReason={missing}>
            Explain
          </Button>
        }
      >
        <ServiceField by="name" value={service} error={faults.service} onChange={setService} />
        <TextField
          label="Url"
          inputMode="url"
          placeholder="https://bank.example/token"
          hint="As the service calls it, with its query."
          value={url}
          error={faults.url}
          onChange={(event) => setUrl(event.target.value)}
        />
      </Form>
      <AsCommand
        command={`mtls explain --service-name ${shellWord(service || 'SERVICE')} --url ${shellWord(url.trim() || 'URL')}`}
      />
      {isAsked && !arePlaced(faults) && (
        <Answered query={query} label="Asking">
          {query.data && <ExplanationView explanation={query.data} />}
        </Answered>
      )}
    </>
  )
}

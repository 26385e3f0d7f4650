import type { CreatedInvitation } from '@mtls-gateway/contract'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Notice } from '../../ui/notice.tsx'

export interface CreatedLinkProps {
  readonly created: CreatedInvitation
  readonly onClose: () => void
}

/** The link of a new invitation, this once. */
export function CreatedLink({ created, onClose }: CreatedLinkProps) {
  return (
    <Card title={`The link for ${created.label}`} action={<Button onClick={onClose}>Done</Button>}>
      <Notice tone="warn" title="The link is shown only now">
        It works once, for whoever opens it first. Send it to one person, over a channel that you trust.
      </Notice>
      <Code text={linkOf(created)} label="the link" />
    </Card>
  )
}

/** Where the operator has not said where the console is, it is here. */
function linkOf({ link, code }: CreatedInvitation): string {
  return link ?? `${location.origin}/invitation#${new URLSearchParams({ code })}`
}

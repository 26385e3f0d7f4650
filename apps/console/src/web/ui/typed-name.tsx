import { type ReactNode, useState } from 'react'
import { AsCommand } from './as-command.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { TextField } from './field.tsx'
import { Form } from './form.tsx'

export interface TypedNameProps {
  readonly title: string
  /** What has to be typed. */
  readonly name: string
  readonly error: Error | null
  readonly isPending: boolean
  readonly disabledReason: string | undefined
  readonly onConfirm: () => void
  /** The line of `mtls` that does the same. */
  readonly command?: string
  /** What becomes of what depends on it. */
  readonly children: ReactNode
}

/** Deletes what can't be brought back: the only place where something is typed to make sure. */
export function TypedName({
  title,
  name,
  error,
  isPending,
  disabledReason,
  onConfirm,
  command,
  children,
}: TypedNameProps) {
  const [typed, setTyped] = useState('')
  const reason = disabledReason ?? (typed === name ? undefined : `Type “${name}” first.`)
  return (
    <Card title={title} tone="danger">
      <p>{children}</p>
      <Form
        onSubmit={() => reason === undefined && onConfirm()}
        error={error}
        actions={
          <Button type="submit" look="danger" isPending={isPending} disabledReason={reason}>
            {title}
          </Button>
        }
      >
        {disabledReason === undefined && (
          <TextField
            label={`Type “${name}” to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Form>
      {command !== undefined && <AsCommand command={command} />}
    </Card>
  )
}

import { GatewayProblem } from '@mtls-gateway/client/page'
import type { OpenedHandover } from '@mtls-gateway/contract'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { answerHandover } from '../../api/handovers.ts'
import { relativeTime } from '../../format/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Failure } from '../../ui/failure.tsx'
import { CheckField, TextArea } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useNow } from '../../ui/use-now.ts'
import styles from './handover-answer-card.module.css'

export interface HandoverAnswerCardProps {
  readonly code: string
  readonly handover: OpenedHandover
  readonly onAnswered: (handover: OpenedHandover) => void
  /** What is shown is not what comes next any more. */
  readonly onChanged: () => void
}

const mostNote = 500

/** Where it is registered, by a tick for each url, and what else there is to say. */
export function HandoverAnswerCard({ code, handover, onAnswered, onChanged }: HandoverAnswerCardProps) {
  const { mappings, next, current } = handover
  const now = useNow()
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set())
  const [note, setNote] = useState(handover.note ?? '')
  const answer = useMutation({
    mutationFn: () =>
      answerHandover({
        ...{ code, fingerprintSha256: (next ?? current).fingerprintSha256, note: note.trim() },
        mappings: [...ticked],
      }),
    onSuccess: (answered) => {
      setTicked(new Set())
      onAnswered(answered)
    },
  })
  const hasChanged = answer.error instanceof GatewayProblem && answer.error.code === 'VERSION_CHANGED'
  const isEmpty = ticked.size === 0 && note.trim() === (handover.note ?? '')
  const tick = (id: number, isTicked: boolean) =>
    setTicked((before) => new Set(isTicked ? [...before, id] : [...before].filter((each) => each !== id)))
  return (
    <Card title={mappings.length > 0 ? 'Where is it registered?' : 'Is there something to say?'}>
      <Form
        onSubmit={() => {
          if (!isEmpty) answer.mutate()
        }}
        actions={
          <Button
            type="submit"
            look="primary"
            isPending={answer.isPending}
            disabledReason={isEmpty ? 'Tick a url, or write a note first.' : undefined}
          >
            Send
          </Button>
        }
      >
        {mappings.length > 0 && (
          <fieldset className={styles.urls}>
            <legend>
              Tick the urls whose system takes {next ? 'the new certificate' : 'this certificate'} by now.
            </legend>
            {mappings.map(({ id, url, registeredAt }) => (
              <CheckField
                key={id}
                label={url}
                {...(registeredAt !== null && { hint: `Registered ${relativeTime(Date.parse(registeredAt), now)}` })}
                checked={registeredAt !== null || ticked.has(id)}
                disabled={registeredAt !== null}
                onChange={({ target }) => tick(id, target.checked)}
              />
            ))}
          </fieldset>
        )}
        <TextArea
          label="Note"
          hint="For whoever sent you the link, such as when you will be ready. At most 500 characters."
          rows={3}
          spellCheck
          maxLength={mostNote}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
      </Form>
      {answer.error && <Failure error={answer.error} onRetry={hasChanged ? onChanged : undefined} />}
      {answer.isSuccess && isEmpty && <Notice tone="good" title="Thank you: your answer has arrived" />}
    </Card>
  )
}

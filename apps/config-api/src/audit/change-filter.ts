import type { ChangeQuery as SentQuery } from '@mtls-gateway/contract'
import { auditedActor, type Change } from '@mtls-gateway/domain'
import type { ChangeQuery } from '@mtls-gateway/registry'
import { holds } from '../http/search.ts'

/**
 * A change says when it was asked for, and is made in its turn: by a request that had to wait, or by a process with
 * another clock, that is after others which were asked for later.
 */
const outOfOrderMs = 10 * 60_000

/** Which changes a query asks for. */
export function changeFilter(query: SentQuery): Pick<ChangeQuery, 'isAskedFor' | 'isTooOld'> {
  const { action, subject } = query
  const actor = query.actor === undefined ? undefined : auditedActor(query.actor)
  const since = query.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(query.since)
  const until = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until)
  const isOfAction = action === undefined ? () => true : actionFilter(action)
  const hasSubject = subject === undefined ? () => true : holds(subject)
  return {
    isAskedFor: (change) =>
      isWithin(change, since, until) &&
      (actor === undefined || change.actor === actor) &&
      isOfAction(change.action) &&
      (subject === undefined || mayHave(change, hasSubject)),
    isTooOld: ({ at }) => Date.parse(at) < since - outOfOrderMs,
  }
}

/** A change of many names the first few: it may be about any, and nobody is to hide a change among others. */
function mayHave({ subjects, subjectCount }: Change, hasSubject: (subject: string) => boolean): boolean {
  return subjects.length < subjectCount || subjects.some(hasSubject)
}

function isWithin({ at }: Change, since: number, until: number): boolean {
  const time = Date.parse(at)
  return since <= time && time < until
}

function actionFilter(asked: string): (action: string) => boolean {
  if (!asked.endsWith('*')) return (action) => action === asked
  const start = asked.slice(0, -1)
  return (action) => action.startsWith(start)
}

import { Line, type TurnRest } from '@mtls-gateway/event-loop'
import { ownerOf } from './body-owner.ts'
import type { StandardSchema } from './bounded-list.ts'

/** Checking as many takes a fraction of a millisecond. */
const few = 50

/** What lists take is charged to their accounts as they are read (`request-bodies`). */
const noRest: TurnRest = { addTurn: () => {}, remainingMs: () => 0 }

/** Of all operations together. */
const line = new Line(
  () => Number.NEGATIVE_INFINITY,
  () => {},
  noRest,
)

/**
 * A schema whose long lists are checked one in each turn of the event loop, accounts one after the other: many that
 * arrive at once keep others waiting no longer than one of them does.
 */
export function checkedInTurns(schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (!Array.isArray(value) || value.length <= few) return standard.validate(value, options)
    return turnOf(ownerOf(value)).then(() => standard.validate(value, options))
  }
  return { '~standard': { ...standard, validate } }
}

const turnOf = (party: string | undefined) => new Promise<void>((onTurn) => line.add({ party, onTurn }, 0))

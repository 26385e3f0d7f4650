import { setImmediate } from 'node:timers/promises'
import type { StandardSchema } from './bounded-list.ts'

/** Checking as many takes a fraction of a millisecond. */
const few = 50
/** Of all operations together. */
let lastTurn: Promise<unknown> = Promise.resolve()

/**
 * A schema whose long lists are checked one in each turn of the event loop: many that arrive at once keep others
 * waiting no longer than one of them does.
 */
export function checkedInTurns(schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (!Array.isArray(value) || value.length <= few) return standard.validate(value, options)
    const turn = lastTurn.then(() => setImmediate())
    lastTurn = turn
    return turn.then(() => standard.validate(value, options))
  }
  return { '~standard': { ...standard, validate } }
}

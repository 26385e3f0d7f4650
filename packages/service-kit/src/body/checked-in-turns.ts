import { Turns } from '@mtls-gateway/event-loop'
import type { StandardSchema } from './bounded-list.ts'

/** Lists up to this length are checked in a fraction of a millisecond. */
const few = 50

/** One such list fills a turn of the event loop. */
const expectedMs = 2

/** Shared by all operations. The time that lists take is charged when they are parsed (`request-bodies`). */
const turns = new Turns()

const owners = new WeakMap<object, string>()

/** Notes whose request a JSON body came with, because its validation gets only the body. */
export function noteOwner(body: unknown, owner: string): void {
  if (typeof body === 'object' && body !== null) owners.set(body, owner)
}

/** Undefined if that was not noted. */
export function ownerOf(body: object): string | undefined {
  return owners.get(body)
}

/**
 * A schema that checks one long list per turn of the event loop, and takes accounts in turn. However many lists arrive
 * at once, others wait no longer than for one of them.
 */
export function checkedInTurns(schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (!Array.isArray(value) || value.length <= few) return standard.validate(value, options)
    return turnOf(ownerOf(value)).then(() => standard.validate(value, options))
  }
  return { '~standard': { ...standard, validate } }
}

const turnOf = (owner = '') => new Promise<void>((onTurn) => turns.add(owner, { expectedMs, onTurn }))

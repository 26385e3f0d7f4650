import type { RequestBody } from '@mtls-gateway/contract'
import { limitExceeded } from '@mtls-gateway/domain'
import { Turns } from '@mtls-gateway/event-loop'
import type { z } from 'zod'

/** A schema for Nest's pipe. */
export type StandardSchema = Pick<z.ZodType, '~standard'>

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
 * A list whose length is checked before its entries: a body of 8 MiB can hold four million, and reporting an error for
 * each would take gigabytes. Validation throws CodedError `LIMIT_EXCEEDED` naming the list and its limit. It checks one
 * long list per turn of the event loop, and takes accounts in turn: however many lists arrive at once, others wait no
 * longer than for one of them.
 */
export function checkedList({ of, limit }: NonNullable<RequestBody['list']>, schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    const check = () => standard.validate(value, options)
    if (!Array.isArray(value)) return check()
    if (value.length > limit) throw limitExceeded(of, limit, 'entries a request')
    if (value.length <= few) return check()
    return turnOf(ownerOf(value)).then(check)
  }
  return { '~standard': { ...standard, validate } }
}

const turnOf = (owner = '') => new Promise<void>((onTurn) => turns.add(owner, { expectedMs, onTurn }))

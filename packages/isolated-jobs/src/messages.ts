/** From a process: `kind` says what it is. */
export interface Message {
  readonly kind: string
}

/** From the process of one job: that it is ready for it, then what came of it. */
export type JobMessage<Answer> = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: Answer }

/** Where bytes stand in a message, in base64. */
const bytesKey = '$bytes'

/**
 * JSON, as who reads it must not trust who wrote it: `v8.deserialize` is not made for that. Beside what JSON has, only
 * bytes come through; what is undefined is left out.
 */
export function written(message: Message): Buffer {
  const text = JSON.stringify(message, function (this: Record<string, unknown>, key: string, value: unknown) {
    // A Buffer has become something else before it gets here as the value.
    const original = this[key]
    return original instanceof Uint8Array ? { [bytesKey]: Buffer.from(original).toString('base64') } : value
  })
  return Buffer.from(text)
}

/** @throws SyntaxError, TypeError, RangeError what is no message */
export function read(payload: Buffer): Message {
  const value: unknown = JSON.parse(payload.toString('utf8'), (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || !(bytesKey in each)) return each
    return typeof each[bytesKey] === 'string' ? Buffer.from(each[bytesKey], 'base64') : each
  })
  if (typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string') {
    return { ...value, kind: value.kind }
  }
  throw new TypeError('a message is an object with a kind')
}

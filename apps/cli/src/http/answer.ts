import { safeValue } from '@mtls-gateway/terminal'

/** A good answer of a service. */
export interface Answer<T> {
  /** As it came. */
  readonly text: string
  /** For people: its texts are safe on a terminal. The caller says what it expects, nothing checks it. */
  readonly body: T
}

/** @throws SyntaxError where it is no JSON */
export function readAnswer<T>(text: string): Answer<T> {
  // The type is the caller's word, as above.
  return { text, body: safeValue(JSON.parse(text)) as T }
}

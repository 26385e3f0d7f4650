import { stripVTControlCharacters } from 'node:util'

/** A good answer of a service. */
export interface Answer<T> {
  /** As it came. */
  readonly text: string
  /** For people: its texts can neither move the cursor nor colour the screen. The caller says what it expects, nothing checks it. */
  readonly body: T
}

/** @throws SyntaxError where it is no JSON */
export function readAnswer<T>(text: string): Answer<T> {
  return { text, body: JSON.parse(text, (_, value) => (typeof value === 'string' ? printable(value) : value)) }
}

/** Without control characters, but for the ends of lines and tabs: names and subjects are others' texts. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

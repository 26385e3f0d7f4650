/**
 * ECMA-48 control sequences, in their 7-bit and 8-bit forms: CSI with its parameters; the strings (OSC, DCS, SOS, PM,
 * APC) with all they hold; other escapes. No part of one can be read as the beginning of another, so that hostile text
 * costs no more than its length.
 */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009b-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g

/** C0 but for tab and line feed, DEL, C1, and what embeds, overrides or isolates the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Those of them that may stand in JSON as they are. */
const controlsInJson = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** The colours of `paint`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const painted = /(\u001b\[(?:0|2|31|32|33)m)/

/**
 * Text that others have written (a server, a target, the name of a file), fit for a terminal: it moves no cursor, sets
 * no title or colour, and stands in the order in which it is written.
 */
export function safeText(text: string): string {
  return text.replace(sequences, '').replace(controls, '')
}

/** The same for JSON, whose values stay what they are: in it a control character is escaped instead. */
export function safeJson(json: string): string {
  return json
    .replace(/\r\n?/g, '\n')
    .replace(controlsInJson, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Any JSON value with `safeText` for each text in it, names of members too. */
export function safeValue(value: unknown): unknown {
  if (typeof value === 'string') return safeText(value)
  if (Array.isArray(value)) return value.map(safeValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [safeText(name), safeValue(member)]))
}

/** The last step before a terminal: keeps the colours of `paint`, if it shows any. Others' texts are safe by then. */
export function safeScreen(text: string, colour: boolean): string {
  if (!colour) return safeText(text)
  return text
    .split(painted)
    .map((part, index) => (index % 2 === 1 ? part : safeText(part)))
    .join('')
}

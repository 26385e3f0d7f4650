/** A piece of a line in one colour. */
export interface Span {
  readonly text: string
  readonly colour: Colour
}

export type Colour = 'plain' | 'dim' | 'red' | 'green' | 'yellow' | 'prompt'

/** The colours of `paint` in packages/terminal, by their parameter. */
const colours: Readonly<Record<string, Colour>> = { 0: 'plain', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow' }

/** What a command has printed, in lines of at most so many columns. */
export function screenLines(printed: string, columns: number): readonly (readonly Span[])[] {
  return spansOf(printed).flatMap((line) => wrapped(line, columns))
}

/**
 * What stays on the screen where npx has shown that it is at work: it goes back to the first column and erases the
 * line.
 */
export function withoutErased(printed: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return printed.replace(/[^\n]*\u001b\[1G\u001b\[0K/g, '')
}

function spansOf(printed: string): readonly (readonly Span[])[] {
  let colour: Colour = 'plain'
  return printed.split('\n').map((line) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
    const [first = '', ...rest] = line.split(/\u001b\[(\d+)m/)
    const spans: Span[] = [{ text: first, colour }]
    for (let index = 0; index + 1 < rest.length; index += 2) {
      colour = colours[rest[index] ?? ''] ?? 'plain'
      spans.push({ text: rest[index + 1] ?? '', colour })
    }
    return spans.filter(({ text }) => text !== '')
  })
}

function wrapped(line: readonly Span[], columns: number): readonly (readonly Span[])[] {
  const rows: Span[][] = [[]]
  let used = 0
  for (const { text, colour } of line) {
    let rest = text
    while (rest !== '') {
      const end = lineEnd(rest, Math.max(0, columns - used))
      rows.at(-1)?.push({ text: rest.slice(0, end), colour })
      used += end
      rest = rest.slice(end)
      if (rest === '') break
      rows.push([])
      used = 0
    }
  }
  return rows
}

/** After a word if there is one: a terminal breaks words, but sentences in a picture should be easy to read. */
function lineEnd(text: string, room: number): number {
  if (text.length <= room) return text.length
  const space = text.lastIndexOf(' ', room)
  return space > 0 ? space + 1 : room
}
